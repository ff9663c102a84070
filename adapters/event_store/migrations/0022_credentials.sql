-- What a person checks in with instead of a face. A PIN is kept as a slow hash, sealed under the person's key; a code as the hash
-- of 256 random bits.

CREATE TABLE credential (
    person     uuid        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('pin', 'qr')),
    sealed     bytea,
    sha256     bytea UNIQUE CHECK (octet_length(sha256) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (person, kind),
    CHECK ((kind = 'pin') = (sealed IS NOT NULL) AND (kind = 'qr') = (sha256 IS NOT NULL))
);
