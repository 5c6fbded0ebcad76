-- Web domains of organizations, each proved by a record in the DNS, and the claims that they support.

CREATE TABLE organization_domains (
    organization_id uuid NOT NULL REFERENCES organizations,
    -- As it stands in the DNS.
    domain          text NOT NULL CHECK (domain = lower(domain)),
    -- What the record has to say.
    token           text NOT NULL,
    proved_at       timestamptz,
    created         timestamptz NOT NULL,
    PRIMARY KEY (organization_id, domain)
);

-- The claims that a domain may support, in the order in which they are looked at.
CREATE INDEX products_prefix_matched ON products (owner_id, gtin)
    WHERE claim_verification_status = 'prefix_matched';
