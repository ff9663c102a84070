-- What is scheduled: no people.

CREATE TABLE session (
    id         uuid PRIMARY KEY,
    state      text        NOT NULL,
    title      text        NOT NULL,
    room       text        NOT NULL,
    series     text,
    stations   uuid[]      NOT NULL,
    zone       text        NOT NULL,
    opens_at   timestamptz NOT NULL,
    starts_at  timestamptz NOT NULL,
    late_after timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    rostered   integer     NOT NULL DEFAULT 0,
    CHECK (opens_at <= starts_at AND starts_at <= late_after AND late_after < ends_at)
);

CREATE INDEX session_starts_at ON session (starts_at);
CREATE INDEX session_series ON session (series, starts_at) WHERE state IN ('scheduled', 'open');
