-- What a search sorts and filters by, beside the words: fixed at issue, as in the content.
ALTER TABLE document ADD document_date date;
ALTER TABLE document ADD restricted boolean;
UPDATE document d SET document_date = c.document_date, restricted = c.restricted
  FROM content c WHERE c.id = d.content_id;
-- For copies of the service that do not know these columns yet.
CREATE FUNCTION fill_from_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT c.document_date, c.restricted INTO NEW.document_date, NEW.restricted
    FROM content c WHERE c.id = NEW.content_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER document_from_content BEFORE INSERT ON document
  FOR EACH ROW WHEN (NEW.document_date IS NULL) EXECUTE FUNCTION fill_from_content();
ALTER TABLE document ALTER document_date SET NOT NULL;
ALTER TABLE document ALTER restricted SET NOT NULL;

-- Documents by the day on which an answer is due.
CREATE INDEX delivery_by_deadline ON delivery (holder_unit_id, deadline) WHERE deadline IS NOT NULL;
CREATE INDEX content_by_changed ON content (changed_document_id)
  WHERE changed_document_id IS NOT NULL;
CREATE INDEX content_by_due_date ON content (due_date) WHERE due_date IS NOT NULL;

-- Is an official named for a document: in the own unit (the first), or by itself (the first name) in
-- one that this continues? Positions of another unit are none of this one.
CREATE FUNCTION is_reader(of_document uuid, units text[], names text[]) RETURNS boolean
  LANGUAGE sql STABLE
  RETURN EXISTS (SELECT FROM reading_right r WHERE r.document_id = of_document
    AND r.unit_id = ANY (units)
    AND r.readers && CASE WHEN r.unit_id = units[1] THEN names ELSE names[1:1] END);
