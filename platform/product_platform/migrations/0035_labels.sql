-- What label exports ask of lots and serials.

ALTER TABLE lots
    ADD COLUMN is_active  boolean NOT NULL DEFAULT true,
    ADD COLUMN printed_at timestamptz,
    -- The run of a production line that made the lot.
    ADD COLUMN run_id     uuid;
CREATE INDEX lots_run ON lots (run_id) WHERE run_id IS NOT NULL;

ALTER TABLE serials
    ADD COLUMN is_active  boolean NOT NULL DEFAULT true,
    ADD COLUMN printed_at timestamptz;
CREATE INDEX serials_lot ON serials (lot_id) WHERE lot_id IS NOT NULL;
