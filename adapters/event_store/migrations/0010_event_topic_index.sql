-- Nobody looks events up by topic alone, and every event paid for it.

DROP INDEX event_topic;
