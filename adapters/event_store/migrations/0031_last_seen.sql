-- When each person was last seen, for retention alone: one row a person, gone with them.

CREATE TABLE last_seen (
    person      uuid PRIMARY KEY,
    changed_at  timestamptz NOT NULL,
    enrolled_at timestamptz,
    matched_at  timestamptz,
    seen_at     timestamptz
) WITH (fillfactor = 80);

-- One row: when retention was last applied, so that of all processes one applies it each day.
CREATE TABLE retention_run (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    ran_at timestamptz
);
INSERT INTO retention_run DEFAULT VALUES;
