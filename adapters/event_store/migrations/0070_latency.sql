-- How long the stages of check-ins took, as histograms: of each day (UTC) and station. No check-in and no person.

-- `bucket` numbers the limits of adapters/read_models/latency_buckets.py; an empty bucket has no row.
CREATE TABLE latency (
    day        date     NOT NULL,
    station_id uuid     NOT NULL,
    stage      text     NOT NULL,
    bucket     smallint NOT NULL,
    count      bigint   NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, station_id, stage, bucket)
) WITH (fillfactor = 70);
