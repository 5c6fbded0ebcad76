-- Jobs that were done long ago are looked for every hour, and deleted.

CREATE INDEX jobs_done ON jobs (finished_at) WHERE state = 'completed';
