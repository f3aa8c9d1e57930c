-- The national document exchange.

-- Ids that senders gave their documents (DocumentId of edXML): ours for outgoing documents, theirs
-- for imported ones.
ALTER TABLE document ADD packet_document_id text NOT NULL DEFAULT '';
ALTER TABLE document ADD packet_sha256 text NOT NULL DEFAULT '';  -- of the packet as received
ALTER TABLE document ADD packet_signed boolean NOT NULL DEFAULT false;
CREATE INDEX document_by_packet ON document (packet_document_id, sender_organ_id)
  WHERE packet_document_id <> '';

-- Packets that came in: (sender, DocumentId) is unique among documents, as among recalls.
CREATE TABLE imported_packet (
  sender_organ_id text COLLATE "C" NOT NULL,
  packet_document_id text COLLATE "C" NOT NULL,
  business int NOT NULL,                  -- 0 new, 1 recall, 2 update, 3 replacement
  sha256 text NOT NULL,
  document_id uuid NOT NULL,
  PRIMARY KEY (sender_organ_id, packet_document_id, business)
);

-- What calls brought in, for their repeats.
CREATE TABLE import_request (
  caller text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  upload_id text NOT NULL,
  kind int NOT NULL,                      -- 1 document, 2 recall, 3 status
  document_id uuid NOT NULL,
  PRIMARY KEY (caller, request_id)
);

-- Packets that wait for the gateway. Transport is apart from the states of the document.
CREATE TABLE outgoing_packet (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind int NOT NULL,                      -- 1 document, 2 recall, 3 status
  document_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  receiver_organ_id text NOT NULL,
  status_code text NOT NULL,              -- of a status packet
  reason text NOT NULL,
  status_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('WAITING', 'SENT', 'FAILED', 'RETRIED')),
  exchange_code text NOT NULL,
  attempts int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  number bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX outgoing_packet_by_state ON outgoing_packet (state, number);
CREATE INDEX outgoing_packet_by_document ON outgoing_packet (document_id, number);

-- Every step of a document that came by the exchange is told to its sender, and every document and
-- recall to a receiver outside goes out: with the step's own commit.
CREATE FUNCTION queue_outgoing_packets() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sender text;
  before int := 0;
BEGIN
  IF NEW.receiver_unit_id = '' THEN
    IF NEW.receiver_organ_id <> '' AND TG_OP = 'INSERT' THEN
      INSERT INTO outgoing_packet (kind, document_id, delivery_id, receiver_organ_id, status_code,
        reason, status_at, state, exchange_code, attempts)
      VALUES (1, NEW.document_id, NEW.id, NEW.receiver_organ_id, '', '', NEW.sent_at, 'WAITING', '', 0);
    ELSIF NEW.receiver_organ_id <> '' AND NEW.change_kind = 1 AND NEW.change_answer = 1
      AND NEW.change_requested_at IS DISTINCT FROM OLD.change_requested_at THEN
      INSERT INTO outgoing_packet (kind, document_id, delivery_id, receiver_organ_id, status_code,
        reason, status_at, state, exchange_code, attempts)
      VALUES (2, NEW.document_id, NEW.id, NEW.receiver_organ_id, '', NEW.change_reason,
        NEW.change_requested_at, 'WAITING', '', 0);
    END IF;
    RETURN NULL;
  END IF;
  IF NEW.sender_unit_id <> '' THEN RETURN NULL; END IF;
  SELECT sender_organ_id INTO sender FROM document
    WHERE id = NEW.document_id AND packet_document_id <> '';
  IF sender IS NULL THEN RETURN NULL; END IF;
  IF TG_OP = 'UPDATE' THEN before := cardinality(OLD.step_codes); END IF;
  FOR i IN before + 1 .. cardinality(NEW.step_codes) LOOP
    CONTINUE WHEN NEW.step_codes[i] = '13';
    INSERT INTO outgoing_packet (kind, document_id, delivery_id, receiver_organ_id, status_code,
      reason, status_at, state, exchange_code, attempts)
    VALUES (3, NEW.document_id, NEW.id, sender, NEW.step_codes[i], NEW.step_reasons[i],
      NEW.step_times[i]::timestamptz, 'WAITING', '', 0);
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER delivery_packets AFTER INSERT OR UPDATE ON delivery
  FOR EACH ROW EXECUTE FUNCTION queue_outgoing_packets();

CREATE OR REPLACE VIEW document_record AS
  SELECT d.id, d.sender_unit_id, d.sender_organ_id, d.sender_name,
    microseconds(d.issued_at) AS issued_at, d.recalled, d.recall_reason, d.parties, h.version,
    c.id AS content_id, c.type_name, c.type_abbreviation, c.normative, c.drafting_abbreviation,
    c.subject, c.summary, c.urgency, c.circulation, c.due_date, c.recipient_units,
    c.recipient_organs, c.recipient_names, c.recipient_informed, c.page_count, c.copy_count,
    c.steering_type, c.reference_documents, c.reference_codes, c.reference_dates,
    c.reference_organs, c.attachment_files, c.attachment_names, c.attachment_types,
    c.attachment_sizes, c.attachment_texts, c.changed_document_id, c.change_kind, c.restricted, c.signer_authority,
    c.signer_as_deputy, c.signer_official_id, c.signer_name, c.signer_position,
    c.signer_authorisation_id, microseconds(c.signed_at) AS signed_at, c.book_id, c.number,
    c.letter, c.code, c.document_date, d.packet_document_id,
    d.packet_sha256, d.packet_signed
  FROM document d JOIN content c ON c.id = d.content_id
  JOIN head h ON h.record_type = 'document' AND h.record_id = d.id::text;
