-- Who may call the API: only the hash of a token is kept.

CREATE TABLE access_token (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    role         text        NOT NULL CHECK (role IN ('station', 'staff', 'admin', 'analyst', 'person')),
    name         text        NOT NULL,
    subject      uuid        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at   timestamptz
);
CREATE INDEX access_token_subject ON access_token (subject);
