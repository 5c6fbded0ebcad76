-- Who wrote what, and what was answered to a request that may be sent again.

-- No foreign keys: an entry outlives what it tells of.
CREATE TABLE audit_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    organization_id uuid,
    user_id         uuid,
    key_id          uuid,
    action          text NOT NULL,
    method          text NOT NULL,
    path            text NOT NULL,
    request_id      text NOT NULL
);
CREATE INDEX audit_log_organization ON audit_log (organization_id, at DESC, id DESC);

-- body is null when the answer is one that is shown once.
CREATE TABLE idempotency_keys (
    owner_id    uuid NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    status      integer NOT NULL,
    headers     jsonb NOT NULL,
    body        bytea,
    created     timestamptz NOT NULL,
    PRIMARY KEY (owner_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created);
