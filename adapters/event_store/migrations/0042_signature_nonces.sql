-- The nonces of signed requests, each for as long as its signature could be accepted again.

CREATE TABLE signature_nonce (
    key_id     text        NOT NULL,
    nonce      text        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (key_id, nonce)
);

CREATE INDEX signature_nonce_expires_at ON signature_nonce (expires_at);
