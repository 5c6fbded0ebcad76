-- Long work that must survive a crash: leased, retried, and resumed where it stopped.

CREATE TABLE jobs (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid REFERENCES organizations,
    kind            text NOT NULL,
    -- A job with the same key is the same job: a rerun continues it.
    key             text NOT NULL,
    state           text NOT NULL DEFAULT 'pending' CHECK (state IN
        ('pending', 'running', 'completed', 'failed')),
    payload         jsonb NOT NULL DEFAULT '{}',
    progress        bigint NOT NULL DEFAULT 0,
    total           bigint,
    attempts        integer NOT NULL DEFAULT 0,
    run_at          timestamptz NOT NULL DEFAULT now(),
    leased_until    timestamptz,
    error           text,
    created         timestamptz NOT NULL DEFAULT now(),
    modified        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, key)
);
CREATE INDEX jobs_waiting ON jobs (run_at) WHERE state IN ('pending', 'running');
