-- How near each judged face came and what was decided, for whoever weighs other thresholds. No check-in and no person.

CREATE TABLE score (
    position   bigint PRIMARY KEY,
    day        date NOT NULL,
    model      text NOT NULL,
    comparison text NOT NULL CHECK (comparison IN ('verify', 'identify')),
    distance   double precision,
    margin     double precision,
    outcome    text NOT NULL CHECK (outcome IN ('checked_in', 'unknown', 'ambiguous', 'mismatch'))
);
CREATE INDEX score_newest ON score (model, position DESC);
