-- The planner's statistics would keep samples of these columns after the people are gone; every lookup here is by a unique index.

ALTER TABLE people ALTER COLUMN user_id SET STATISTICS 0, ALTER COLUMN name SET STATISTICS 0;
ALTER TABLE user_id_claim ALTER COLUMN user_id SET STATISTICS 0;
ALTER TABLE face_template ALTER COLUMN embedding SET STATISTICS 0;
ALTER TABLE access_token ALTER COLUMN name SET STATISTICS 0;
