-- How far each read model has come, and the events that it could not take.

CREATE TABLE projection (
    name       text PRIMARY KEY,
    position   bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

CREATE TABLE projection_dead_letter (
    name      text        NOT NULL REFERENCES projection,
    position  bigint      NOT NULL,
    stream    uuid        NOT NULL,
    error     text        NOT NULL,
    attempts  integer     NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, position)
);
CREATE INDEX projection_dead_letter_stream ON projection_dead_letter (name, stream);
