-- What attendance is decided from. Who is present is computed when it is read: nothing here depends on the order of arrival.

-- The hours in which check-ins count. `erased_…`: how many people, of whom nothing is known any longer, were settled as what.
CREATE TABLE attendance_session (
    id             uuid PRIMARY KEY,
    opens_at       timestamptz NOT NULL,
    late_after     timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    stations       uuid[]      NOT NULL,
    state          text        NOT NULL,
    erased_present integer     NOT NULL DEFAULT 0,
    erased_late    integer     NOT NULL DEFAULT 0,
    erased_absent  integer     NOT NULL DEFAULT 0,
    erased_excused integer     NOT NULL DEFAULT 0
);
CREATE INDEX attendance_session_to_settle ON attendance_session (ends_at) WHERE state IN ('scheduled', 'open');

-- Who is expected: one row for each person in a session. `corrected`: what a member of staff said; `settled`: as last recorded.
CREATE TABLE attendance_roster (
    session   uuid NOT NULL,
    person    uuid NOT NULL,
    corrected text CHECK (corrected IN ('present', 'late', 'absent', 'excused')),
    settled   text CHECK (settled IN ('present', 'late', 'absent', 'excused')),
    PRIMARY KEY (session, person)
);
CREATE INDEX attendance_roster_person ON attendance_roster (person);

-- Every check-in, and whose it is once that is known. `position` is that of the event that said so.
CREATE TABLE attendance_check_in (
    id         uuid PRIMARY KEY,
    station_id uuid        NOT NULL,
    moment     timestamptz NOT NULL,
    person     uuid,
    position   bigint
) WITH (fillfactor = 90);
CREATE INDEX attendance_check_in_person ON attendance_check_in (person, moment) WHERE person IS NOT NULL;
-- Rows come nearly in this order, so that a summary of it is enough.
CREATE INDEX attendance_check_in_position ON attendance_check_in USING brin (position);

-- Through when each station has delivered everything.
CREATE TABLE attendance_station (
    id      uuid PRIMARY KEY,
    through timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Whose events may still be readable for a moment, but must not come back.
CREATE TABLE attendance_erased (
    person uuid PRIMARY KEY
);

-- One row: the position of the last event that was looked at for check-ins that change what was settled.
CREATE TABLE attendance_settling (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    through bigint  NOT NULL DEFAULT 0
);
INSERT INTO attendance_settling DEFAULT VALUES;

-- `reported`: every station of the room has delivered all that it captured before the end.
CREATE VIEW attendance_window AS
SELECT s.*, NOT EXISTS (
    SELECT FROM unnest(s.stations) AS wanted LEFT JOIN attendance_station AS r ON r.id = wanted
    WHERE r.through IS NULL OR r.through < s.ends_at
) AS reported
FROM attendance_session AS s;

-- The rules of domain.attendance, on many people at once: the first check-in counts, and any others are only counted.
CREATE VIEW attendance AS
SELECT s.id AS session, r.person,
       CASE WHEN r.corrected IS NOT NULL THEN r.corrected
            WHEN seen.moment <= s.late_after THEN 'present'
            WHEN seen.moment IS NOT NULL THEN 'late'
            WHEN s.reported THEN 'absent'
            ELSE 'expected' END AS status,
       seen.check_in, seen.moment, seen.check_ins, r.corrected IS NOT NULL AS corrected, r.settled
FROM attendance_window AS s
JOIN attendance_roster AS r ON r.session = s.id
CROSS JOIN LATERAL (
    SELECT (array_agg(i.id ORDER BY i.moment, i.id))[1] AS check_in, min(i.moment) AS moment, count(*) AS check_ins
    FROM attendance_check_in AS i
    WHERE i.person = r.person AND i.moment >= s.opens_at AND i.moment < s.ends_at AND i.station_id = ANY (s.stations)
) AS seen
WHERE s.state <> 'cancelled';
