"""The record: sealing, upcasting, recording and projecting events, on `eventsourcing` and PostgreSQL."""
