-- The names that the organisation uses: the one place where they are in the clear.

CREATE TABLE user_id_claim (
    user_id text PRIMARY KEY,
    person  uuid NOT NULL
);
CREATE INDEX user_id_claim_person ON user_id_claim (person);

CREATE TABLE people (
    id      uuid PRIMARY KEY,
    user_id text NOT NULL UNIQUE,
    name    text NOT NULL
);
