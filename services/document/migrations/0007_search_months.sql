-- The month of a document among its words, in a form that no word of a search has: words that many
-- documents have are looked for month by month, the newest first.
CREATE FUNCTION add_month_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.words := NEW.words || array_to_tsvector(ARRAY['@' || to_char(NEW.document_date, 'YYYYMM')]);
  RETURN NEW;
END
$$;
-- After `document_from_content`, which fills in the date: triggers run in the order of their names.
CREATE TRIGGER document_month BEFORE INSERT ON document
  FOR EACH ROW EXECUTE FUNCTION add_month_word();
UPDATE document
  SET words = words || array_to_tsvector(ARRAY['@' || to_char(document_date, 'YYYYMM')])
  WHERE words <> '';
