-- What a job needs to be resumed by another process, and to end for good when nobody can do it.

ALTER TABLE jobs
    DROP CONSTRAINT jobs_kind_key_key,
    DROP COLUMN leased_until,
    -- Only a job that still waits is the same job as another of its kind and key.
    ALTER COLUMN key DROP NOT NULL,
    -- Failures in a row; a step that is stored begins the count anew. `attempts` counts all leases,
    -- and tells a process that has lost its lease from the one that has it now.
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    -- Where to go on, as the handler of the kind wrote it with the last step.
    ADD COLUMN cursor jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN result jsonb,
    -- What went wrong last, for whoever runs the installation; `error` is for the customer.
    ADD COLUMN fault text,
    ADD COLUMN finished_at timestamptz;

-- `run_at` is when the job may be taken: of a running one, when its lease ends.
DROP INDEX jobs_waiting;
CREATE INDEX jobs_waiting ON jobs (run_at) WHERE state IN ('pending', 'running');
CREATE UNIQUE INDEX jobs_key ON jobs (kind, key) WHERE state IN ('pending', 'running');
CREATE INDEX jobs_dead ON jobs (finished_at) WHERE state = 'failed';
CREATE INDEX jobs_organization ON jobs (organization_id);
