-- How each station last said it is. Nothing else of the past is kept: see docs/decisions/0008.

CREATE TABLE station_health (
    station           uuid PRIMARY KEY,
    at                timestamptz      NOT NULL,
    software          text             NOT NULL,
    queue_items       integer          NOT NULL,
    queue_bytes       bigint           NOT NULL,
    dead_letters      integer          NOT NULL,
    camera            text             NOT NULL CHECK (camera IN ('ok', 'failed', 'starting')),
    clock_offset_ms   double precision,
    uptime_s          double precision NOT NULL,
    delivered_through timestamptz
) WITH (fillfactor = 50);
