-- Every erasure recorded up to this position is complete: a start looks only at later ones.

CREATE TABLE erasure_sweep (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    through bigint  NOT NULL DEFAULT 0
);
INSERT INTO erasure_sweep DEFAULT VALUES;
