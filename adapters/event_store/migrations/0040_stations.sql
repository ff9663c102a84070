-- The identity of every station that was ever requested. `version`: how many of its events are in the row.

CREATE TABLE station (
    id               uuid PRIMARY KEY,
    version          bigint      NOT NULL,
    state            text        NOT NULL,
    key_id           text        NOT NULL,
    public_key       text        NOT NULL,
    name             text        NOT NULL,
    room             text,
    software         text        NOT NULL,
    user_code        text        NOT NULL,
    requested_at     timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    paired_at        timestamptz,
    revoked_at       timestamptz,
    settings         jsonb,
    settings_version integer     NOT NULL DEFAULT 1
);

CREATE INDEX station_key_id ON station (key_id);
CREATE INDEX station_user_code ON station (user_code);
CREATE INDEX station_pending ON station (expires_at) WHERE state = 'pending';
