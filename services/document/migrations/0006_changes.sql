-- Where a document was issued; documents that one changes beside the first.
ALTER TABLE content ADD place text NOT NULL DEFAULT '' CHECK (place IS NFC NORMALIZED);
ALTER TABLE content ADD also_changed uuid[] NOT NULL DEFAULT '{}';
CREATE INDEX content_by_also_changed ON content USING gin (also_changed)
  WHERE also_changed <> '{}';

-- A document of a sender's id comes once, whatever it does to an earlier one.
CREATE UNIQUE INDEX imported_document ON imported_packet (sender_organ_id, packet_document_id)
  WHERE business <> 1;

-- Every recall that came, by its content too: after a refusal the sender can ask again.
CREATE TABLE imported_recall (
  sender_organ_id text COLLATE "C" NOT NULL,
  packet_document_id text COLLATE "C" NOT NULL,
  sha256 text NOT NULL,
  document_id uuid NOT NULL,
  PRIMARY KEY (sender_organ_id, packet_document_id, sha256)
);
INSERT INTO imported_recall SELECT sender_organ_id, packet_document_id, sha256, document_id
  FROM imported_packet WHERE business = 1;

-- Who set a packet's state, and when.
ALTER TABLE outgoing_packet ADD state_changed_by text NOT NULL DEFAULT '';
ALTER TABLE outgoing_packet ADD state_changed_at timestamptz;

-- What is written where the sources of the standard disagree; `of` = of what, '' = of all others.
CREATE TABLE exchange_value (
  element text NOT NULL,
  of text NOT NULL DEFAULT '' CHECK (of IS NFC NORMALIZED),
  value text NOT NULL,
  certain boolean NOT NULL,               -- false = to be verified before production
  PRIMARY KEY (element, of)
);
INSERT INTO exchange_value VALUES
  ('DocumentType/Type', '', '1', false),  -- of = name of the type; elsewhere 18 for a công văn
  ('Bussiness/Paper', '', '0', false);    -- elsewhere 1 with a paper copy, or a number of pages

-- Of restricted files: the feed has it in view `limited`. What was proposed before was published in
-- the only view that there was.
ALTER TABLE destruction ADD restricted boolean NOT NULL DEFAULT false;
CREATE INDEX destruction_proposed ON destruction USING gin (file_ids) WHERE state = 'PROPOSED';
CREATE OR REPLACE VIEW destruction_record AS
  SELECT d.id, d.unit_id, d.file_ids, d.reason, d.proposed_by_official_id,
    microseconds(d.proposed_at) AS proposed_at, d.state, d.decided_by_official_id,
    microseconds(d.decided_at) AS decided_at, d.decision_reason, h.version, d.restricted
  FROM destruction d JOIN head h ON h.record_type = 'destruction' AND h.record_id = d.id::text;

-- The same of who may read what is restricted; set with the next change.
ALTER TABLE reading_right ADD limited boolean NOT NULL DEFAULT false;

-- As before, with the new columns.
CREATE OR REPLACE VIEW draft_record AS
  SELECT d.id, d.unit_id, d.author_official_id, d.state, d.readers, d.opinion_officials,
    d.opinion_times, d.opinion_texts, d.submitted_to_official_id, d.return_reason, d.document_id,
    d.due_kind, microseconds(d.due_at) AS due_at,
    microseconds(d.due_soon_at) AS due_soon_at, d.due_mark, h.version, c.id AS content_id,
    c.type_name, c.type_abbreviation, c.normative, c.drafting_abbreviation,
    c.subject, c.summary, c.urgency, c.circulation, c.due_date, c.recipient_units,
    c.recipient_organs, c.recipient_names, c.recipient_informed, c.page_count, c.copy_count,
    c.steering_type, c.reference_documents, c.reference_codes, c.reference_dates,
    c.reference_organs, c.attachment_files, c.attachment_names, c.attachment_types,
    c.attachment_sizes, c.attachment_texts, c.changed_document_id, c.change_kind, c.restricted,
    c.signer_authority, c.signer_as_deputy, c.signer_official_id, c.signer_name, c.signer_position,
    c.signer_authorisation_id, microseconds(c.signed_at) AS signed_at, c.book_id, c.number,
    c.letter, c.code, c.document_date, c.place, c.also_changed
  FROM draft d JOIN content c ON c.id = d.id
  JOIN head h ON h.record_type = 'draft' AND h.record_id = d.id::text;

CREATE OR REPLACE VIEW document_record AS
  SELECT d.id, d.sender_unit_id, d.sender_organ_id, d.sender_name,
    microseconds(d.issued_at) AS issued_at, d.recalled, d.recall_reason, d.parties, h.version,
    c.id AS content_id, c.type_name, c.type_abbreviation, c.normative, c.drafting_abbreviation,
    c.subject, c.summary, c.urgency, c.circulation, c.due_date, c.recipient_units,
    c.recipient_organs, c.recipient_names, c.recipient_informed, c.page_count, c.copy_count,
    c.steering_type, c.reference_documents, c.reference_codes, c.reference_dates,
    c.reference_organs, c.attachment_files, c.attachment_names, c.attachment_types,
    c.attachment_sizes, c.attachment_texts, c.changed_document_id, c.change_kind, c.restricted,
    c.signer_authority, c.signer_as_deputy, c.signer_official_id, c.signer_name, c.signer_position,
    c.signer_authorisation_id, microseconds(c.signed_at) AS signed_at, c.book_id, c.number,
    c.letter, c.code, c.document_date, d.packet_document_id, d.packet_sha256, d.packet_signed,
    c.place, c.also_changed
  FROM document d JOIN content c ON c.id = d.content_id
  JOIN head h ON h.record_type = 'document' AND h.record_id = d.id::text;
