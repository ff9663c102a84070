-- Emotions without people: no person, no check-in, no moment finer than a bucket.

-- A group is a session until an end, or a station's UTC day where no session was. What is said of a group is said once it
-- has ended, when nothing can be added to it any more: a reading belongs where it was when it was recorded.
-- Probabilities are summed in millionths: whole numbers add up to the same in any order.
CREATE TABLE emotion (
    session_id uuid,
    station_id uuid,
    ends_at    timestamptz NOT NULL,
    begins_at  timestamptz NOT NULL,
    readings   integer     NOT NULL CHECK (readings > 0),
    angry      bigint      NOT NULL,
    disgust    bigint      NOT NULL,
    fear       bigint      NOT NULL,
    happy      bigint      NOT NULL,
    sad        bigint      NOT NULL,
    surprise   bigint      NOT NULL,
    neutral    bigint      NOT NULL,
    CHECK (num_nonnulls(session_id, station_id) = 1)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX emotion_bucket ON emotion (coalesce(session_id, station_id), ends_at, begins_at);
CREATE INDEX emotion_ends_at ON emotion (ends_at);

-- Which sessions take place where: what a reading is placed by.
CREATE TABLE emotion_session (
    id       uuid PRIMARY KEY,
    stations uuid[]      NOT NULL,
    opens_at timestamptz NOT NULL,
    ends_at  timestamptz NOT NULL,
    held     boolean     NOT NULL DEFAULT true
);
CREATE INDEX emotion_session_ends_at ON emotion_session (ends_at);
