-- From a committed change to the edge: the outbox, the head, and the slices.

-- A row says: what this slice is compiled from has changed. Rows are taken by their state,
-- never by an id watermark, because ids are not in the order of commit.
CREATE TABLE outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid,
    slice_key       text NOT NULL,
    -- What one transaction wrote is published in one change set.
    xact            xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created         timestamptz NOT NULL DEFAULT now(),
    quarantined_at  timestamptz,
    error           text,
    done_at         timestamptz
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE done_at IS NULL;
CREATE INDEX outbox_waiting_xact ON outbox (xact) WHERE done_at IS NULL;
CREATE INDEX outbox_waiting_key ON outbox (slice_key) WHERE done_at IS NULL;
CREATE INDEX outbox_quarantined ON outbox (coalesce(organization_id::text, slice_key))
    WHERE done_at IS NULL AND quarantined_at IS NOT NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE publish_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq      bigint NOT NULL
);
INSERT INTO publish_head (seq) VALUES (0);

-- bytes is null when the slice is deleted: a tombstone that tells edges to forget it.
CREATE TABLE slices (
    key   text PRIMARY KEY,
    seq   bigint NOT NULL,
    bytes bytea
);
CREATE INDEX slices_seq ON slices (seq);
