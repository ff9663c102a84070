-- Browsers that are told what became of a check-in, each sealed under its person's key; and what is on its way to them.

CREATE TABLE push_subscription (
    id         uuid PRIMARY KEY,
    person     uuid        NOT NULL,
    sealed     bytea       NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX push_subscription_person ON push_subscription (person, created_at);

CREATE TABLE push_message (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription uuid        NOT NULL REFERENCES push_subscription ON DELETE CASCADE,
    person       uuid        NOT NULL,
    word         text        NOT NULL,
    moment       timestamptz NOT NULL,
    attempts     integer     NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    claimed_at   timestamptz
);
CREATE INDEX push_message_subscription ON push_message (subscription);
CREATE INDEX push_message_due ON push_message (due_at);

-- Through which position of the record messages were made; null until anybody looked.
CREATE TABLE push_cursor (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint
);
INSERT INTO push_cursor DEFAULT VALUES;
