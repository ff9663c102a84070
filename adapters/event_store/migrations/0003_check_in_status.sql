-- The status of every check-in: no person, no emotion.

CREATE TABLE check_in_status (
    id           uuid PRIMARY KEY,
    station_id   uuid        NOT NULL,
    status       text        NOT NULL,
    started_at   timestamptz NOT NULL,
    decided_at   timestamptz,
    refusal_code text,
    confidence   double precision,
    completed    boolean     NOT NULL DEFAULT false,
    position     bigint      NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX check_in_status_position ON check_in_status (position);
CREATE INDEX check_in_status_undecided ON check_in_status (started_at) WHERE status = 'processing';
