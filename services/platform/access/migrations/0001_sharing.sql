-- How often the sharing rules were changed: the units and agreements among the records for everyone
-- (feed_record). One row, so that a call learns by one probe whether it must read them again.
CREATE TABLE sharing_change (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  number bigint NOT NULL
);
INSERT INTO sharing_change VALUES (true, 0);

CREATE FUNCTION note_sharing_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sharing_change SET number = number + 1;
  RETURN NULL;
END
$$;

CREATE TRIGGER sharing_inserted AFTER INSERT ON feed_record FOR EACH ROW
  WHEN (NEW.topic = 'lienthong.feed.all' AND NEW.record_type IN ('unit', 'agreement'))
  EXECUTE FUNCTION note_sharing_change();
CREATE TRIGGER sharing_updated AFTER UPDATE ON feed_record FOR EACH ROW
  WHEN (NEW.topic = 'lienthong.feed.all' AND NEW.record_type IN ('unit', 'agreement')
        AND OLD.value IS DISTINCT FROM NEW.value)
  EXECUTE FUNCTION note_sharing_change();
CREATE TRIGGER sharing_deleted AFTER DELETE ON feed_record FOR EACH ROW
  WHEN (OLD.topic = 'lienthong.feed.all' AND OLD.record_type IN ('unit', 'agreement'))
  EXECUTE FUNCTION note_sharing_change();
