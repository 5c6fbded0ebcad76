-- What the domain is about.

CREATE TABLE new_domain_items (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations,
    name            text NOT NULL,
    created         timestamptz NOT NULL DEFAULT now(),
    modified        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX new_domain_items_name ON new_domain_items (organization_id, name, id);
