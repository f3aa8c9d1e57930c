-- What a search sorts and filters by, beside the words: fixed at issue, as in the content.
ALTER TABLE document ADD document_date date;
ALTER TABLE document ADD restricted boolean;
UPDATE document d SET document_date = c.document_date, restricted = c.restricted
  FROM content c WHERE c.id = d.content_id;
ALTER TABLE document ALTER document_date SET NOT NULL;
ALTER TABLE document ALTER restricted SET NOT NULL;
