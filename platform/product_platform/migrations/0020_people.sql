-- How people come in: passwords, sessions, and the links by which a password is set.

-- argon2id in the usual encoded form; null until the user sets a password.
ALTER TABLE users ADD COLUMN password_hash text;

-- Of a token only its SHA-256 is kept, here and below.
CREATE TABLE sessions (
    token_hash       text PRIMARY KEY,
    user_id          uuid NOT NULL REFERENCES users,
    -- When the user last gave the password.
    authenticated_at timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    created          timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE password_links (
    token_hash text PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users,
    expires_at timestamptz NOT NULL,
    created    timestamptz NOT NULL
);
CREATE INDEX password_links_user ON password_links (user_id);
CREATE INDEX password_links_expiry ON password_links (expires_at);
