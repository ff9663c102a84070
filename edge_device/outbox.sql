-- The station's outbox. The frames come last, so that reading the other columns leaves them on the disk.
CREATE TABLE IF NOT EXISTS record (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    burst_id     TEXT NOT NULL UNIQUE,
    boot_id      TEXT NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    claim        BLOB,
    captured_at  TEXT,
    checkin_id   TEXT,
    bytes        INTEGER NOT NULL,
    frames       BLOB NOT NULL
);

-- Small rows: a deleted key is overwritten at once (secure_delete), and with it the frames are gone.
CREATE TABLE IF NOT EXISTS record_key (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence) ON DELETE CASCADE,
    wrapped  BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS dead_letter (
    sequence     INTEGER PRIMARY KEY,
    burst_id     TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    claim        BLOB,
    captured_at  TEXT,
    checkin_id   TEXT,
    operation    TEXT NOT NULL,
    code         TEXT NOT NULL,
    detail       TEXT NOT NULL
);
