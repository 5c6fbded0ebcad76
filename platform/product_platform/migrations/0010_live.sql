-- Which change set a change is in, so that whoever made it can wait until the edges serve it.

-- Set with done_at: the number of the newest change set then, which has the change in it.
ALTER TABLE outbox ADD COLUMN seq bigint;
