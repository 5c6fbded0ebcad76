-- Host names at which organizations have a resolver of their own.

CREATE TABLE custom_hosts (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations,
    -- As it stands in the DNS: lower case, in ASCII, without the last dot.
    name            text NOT NULL,
    -- What the organization publishes in the DNS to prove that the name is its own.
    token           text NOT NULL,
    verified_at     timestamptz,
    created         timestamptz NOT NULL DEFAULT now(),
    modified        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, name)
);
-- Many may ask for a name, one has it.
CREATE UNIQUE INDEX custom_hosts_verified ON custom_hosts (name) WHERE verified_at IS NOT NULL;
