-- Every event ever recorded. Positions (notification_id) become visible in order: see append_events.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE event (
    notification_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    originator_id      uuid        NOT NULL,
    originator_version bigint      NOT NULL CHECK (originator_version > 0),
    topic              text        NOT NULL,
    state              bytea       NOT NULL,
    recorded_at        timestamptz NOT NULL,
    CONSTRAINT event_version UNIQUE (originator_id, originator_version)
) WITH (
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.05
);

CREATE INDEX event_topic ON event (topic, notification_id);

-- One row. `revision` grows whenever a person is erased: whoever cached keys at a lower one drops them.
-- `kek_id` names the key-encryption key that new keys are wrapped with.
CREATE TABLE key_ring (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision bigint  NOT NULL DEFAULT 1,
    kek_id   text
);
INSERT INTO key_ring DEFAULT VALUES;

-- One key for each person. `tag` is a keyed hash of the person's id, `lookup` one of the random reference in their events.
-- A row without a key is the tombstone of an erased person; no row says when, so that none can be matched to an event's time.
CREATE TABLE person_key (
    tag     bytea PRIMARY KEY,
    lookup  bytea UNIQUE,
    kek_id  text,
    wrapped bytea,
    CHECK (num_nulls(lookup, kek_id, wrapped) IN (0, 3))
);

-- The one way to record. The lock is held until the commit is visible, so that no reader passes a position that appears later;
-- unlike a table lock it leaves VACUUM, ANALYZE and CREATE INDEX CONCURRENTLY alone.
-- `sealed_at`: the revision of the keys that the events are sealed with, NULL where nothing in them is sealed.
CREATE FUNCTION append_events(ids uuid[], versions bigint[], topics text[], states bytea[], sealed_at bigint)
RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7305804402510);
    IF sealed_at IS NOT NULL AND sealed_at <> (SELECT revision FROM key_ring) THEN
        RAISE EXCEPTION 'sealed with keys of an older revision' USING ERRCODE = 'FC001';
    END IF;
    NOTIFY event_recorded;
    RETURN QUERY
        INSERT INTO event (originator_id, originator_version, topic, state, recorded_at)
        SELECT id, version, the_topic, the_state, clock_timestamp()
        FROM unnest(ids, versions, topics, states) WITH ORDINALITY AS given (id, version, the_topic, the_state, number)
        ORDER BY number
        RETURNING notification_id;
END $$;
