-- Whose a check-in was before a member of staff said otherwise.
ALTER TABLE attendance_check_in ADD COLUMN former uuid[] NOT NULL DEFAULT '{}';
CREATE INDEX attendance_check_in_former ON attendance_check_in USING gin (former) WHERE former <> '{}';

-- What staff may look at again: who was not matched, or not clearly, and captures that could not be judged.
CREATE TABLE review (
    id              uuid PRIMARY KEY,
    kind            text   NOT NULL CHECK (kind IN ('unknown', 'ambiguous', 'mismatch', 'refused', 'denied')),
    distance        double precision,
    threshold       double precision,
    margin          double precision,
    margin_required double precision,
    confidence      double precision,
    refusal_code    text,
    refusal_value   double precision,
    refusal_limit   double precision,
    candidates      uuid[] NOT NULL DEFAULT '{}',
    position        bigint NOT NULL
);
CREATE INDEX review_newest ON review (position DESC);
CREATE INDEX review_candidates ON review USING gin (candidates) WHERE candidates <> '{}';
