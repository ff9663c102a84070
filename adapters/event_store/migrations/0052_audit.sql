-- Who changed what, as it is read; and who signed in or was refused, which is kept for a time alone.

CREATE TABLE audit_entry (
    position bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    by       uuid,
    role     text        NOT NULL,
    action   text        NOT NULL,
    object   uuid,
    detail   text,
    trace_id text
);

CREATE TABLE sign_in_log (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    route   text        NOT NULL,
    outcome text        NOT NULL,
    role    text,
    subject uuid,
    network text        NOT NULL
);
CREATE INDEX sign_in_log_at ON sign_in_log (at);
CREATE INDEX sign_in_log_subject ON sign_in_log (subject) WHERE subject IS NOT NULL;
