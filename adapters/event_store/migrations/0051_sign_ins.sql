-- Browsers that are signed in, and what it takes to do so: every secret is kept as a hash.

CREATE TABLE sign_in (
    value_sha256 bytea PRIMARY KEY CHECK (octet_length(value_sha256) = 32),
    id           uuid        NOT NULL UNIQUE,
    role         text        NOT NULL CHECK (role IN ('person', 'staff', 'analyst', 'admin')),
    subject      uuid        NOT NULL,
    epoch        integer     NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    idle_until   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sign_in_subject ON sign_in (subject);

CREATE TABLE one_time_code (
    code_sha256 bytea PRIMARY KEY CHECK (octet_length(code_sha256) = 32),
    purpose     text        NOT NULL CHECK (purpose IN ('sign_in', 'set_password')),
    subject     uuid        NOT NULL,
    expires_at  timestamptz NOT NULL,
    UNIQUE (purpose, subject)
);

-- Failures at a secret in one period of time; whose they are is a hash.
CREATE TABLE attempt_count (
    subject_sha256 bytea   NOT NULL CHECK (octet_length(subject_sha256) = 32),
    period         bigint  NOT NULL,
    attempts       integer NOT NULL,
    PRIMARY KEY (subject_sha256, period)
);

-- Browsers that are on their way to an OpenID Connect provider and back.
CREATE TABLE provider_visit (
    state_sha256 bytea PRIMARY KEY CHECK (octet_length(state_sha256) = 32),
    nonce        text        NOT NULL,
    verifier     text        NOT NULL,
    expires_at   timestamptz NOT NULL
);
