-- Who may do what: organizations, the people in them, and the keys that act for them.

CREATE TABLE organizations (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name              text NOT NULL,
    country           text NOT NULL,
    is_brand          boolean NOT NULL DEFAULT false,
    default_link_type text NOT NULL DEFAULT 'gs1:pip',
    metadata          jsonb NOT NULL DEFAULT '{}',
    created           timestamptz NOT NULL DEFAULT now(),
    modified          timestamptz NOT NULL DEFAULT now(),
    deleted_at        timestamptz
);

CREATE TABLE users (
    id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email     text NOT NULL,
    name      text NOT NULL DEFAULT '',
    metadata  jsonb NOT NULL DEFAULT '{}',
    is_active boolean NOT NULL DEFAULT true,
    created   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

CREATE TABLE memberships (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         uuid NOT NULL REFERENCES users,
    organization_id uuid NOT NULL REFERENCES organizations,
    role            text NOT NULL CHECK (role IN ('owner', 'manager', 'billing', 'editor')),
    created         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, organization_id)
);
CREATE INDEX memberships_organization ON memberships (organization_id);

-- Only the SHA-256 of a key is kept; the key itself is shown once.
CREATE TABLE api_keys (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    key_type              text NOT NULL CHECK (key_type IN ('csb', 'csu', 'cpk')),
    key_hash              text NOT NULL UNIQUE,
    organization_id       uuid REFERENCES organizations,
    user_id               uuid NOT NULL REFERENCES users,
    name                  text NOT NULL,
    description           text NOT NULL DEFAULT '',
    role                  text NOT NULL CHECK (role IN ('owner', 'manager', 'editor', 'readonly')),
    metadata              jsonb NOT NULL DEFAULT '{}',
    is_active             boolean NOT NULL DEFAULT true,
    expires_at            timestamptz,
    last_used             timestamptz,
    rate_limit_per_minute integer NOT NULL DEFAULT 0,
    rate_limit_per_day    integer NOT NULL DEFAULT 0,
    created               timestamptz NOT NULL DEFAULT now(),
    -- A user key follows the user through all organizations, any other belongs to one.
    CHECK ((key_type = 'csu') = (organization_id IS NULL))
);
CREATE INDEX api_keys_organization ON api_keys (organization_id, created DESC);
