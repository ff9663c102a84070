-- Face templates, which can be purged, and which of them may be searched.

CREATE TABLE face_template (
    id        uuid PRIMARY KEY,
    person    uuid   NOT NULL,
    model     text   NOT NULL,
    embedding vector NOT NULL
);
CREATE INDEX face_template_person ON face_template (person);

CREATE TABLE gallery (
    template_id uuid PRIMARY KEY,
    person      uuid NOT NULL,
    model       text NOT NULL
);
CREATE INDEX gallery_person ON gallery (person);

-- One row: grows with every change of what may be searched, so that a cached snapshot is known to be stale at once.
CREATE TABLE gallery_revision (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision bigint  NOT NULL DEFAULT 1
) WITH (fillfactor = 20);
INSERT INTO gallery_revision DEFAULT VALUES;

CREATE FUNCTION gallery_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gallery_revision SET revision = revision + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER gallery_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gallery
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_changed();
CREATE TRIGGER face_template_changed AFTER UPDATE OR DELETE OR TRUNCATE ON face_template
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_changed();
