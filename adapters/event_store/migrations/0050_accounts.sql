-- Who signs in by name. What changes is in events; the name and the secret are here, and in none of them.

CREATE TABLE account (
    id            uuid PRIMARY KEY,
    name_key      text        NOT NULL UNIQUE,
    name          text        NOT NULL,
    password_hash text
);

CREATE TABLE account_state (
    id         uuid PRIMARY KEY,
    role       text        NOT NULL,
    route      text        NOT NULL,
    disabled   boolean     NOT NULL,
    epoch      integer     NOT NULL,
    created_at timestamptz NOT NULL
);
