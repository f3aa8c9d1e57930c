-- The business tables of the document service. Versions, audiences and history are in head and
-- journal. No foreign keys between them: one service writes them, always under the lock of the
-- record's head. Lists inside a record are parallel arrays; times in them are RFC 3339.

-- Series of numbers, as the head of a unit decided.
CREATE TABLE series (
  unit_id text COLLATE "C" NOT NULL,
  code text COLLATE "C" NOT NULL,
  direction text NOT NULL CHECK (direction IN ('OUTGOING', 'INCOMING')),
  title text NOT NULL,
  agency_abbreviation text NOT NULL,
  type_codes text[] NOT NULL,
  digits int NOT NULL,
  PRIMARY KEY (unit_id, code)
);

-- A book for each series and year.
CREATE TABLE book (
  id text COLLATE "C" PRIMARY KEY,        -- "<unit>:<year>:<series>"
  unit_id text COLLATE "C" NOT NULL,
  year int NOT NULL,
  series text COLLATE "C" NOT NULL,
  direction text NOT NULL CHECK (direction IN ('OUTGOING', 'INCOMING')),
  title text NOT NULL,
  last_number int NOT NULL,
  document_count int NOT NULL,
  reserved_count int NOT NULL,
  void_count int NOT NULL,
  UNIQUE (unit_id, year, series)
);

-- Every number that was ever given: none is missing, none is there twice.
CREATE TABLE book_number (
  book_id text COLLATE "C" NOT NULL,
  number int NOT NULL,
  letter text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('RESERVED', 'TAKEN', 'DOCUMENT', 'VOID')),
  reason text NOT NULL,
  record_id text NOT NULL,                -- draft, document or delivery
  official_id text NOT NULL,
  PRIMARY KEY (book_id, number, letter)
);

-- Số và ký hiệu, unique in a unit and year over all its series (NĐ 30/2020, art. 15).
CREATE TABLE document_code (
  unit_id text COLLATE "C" NOT NULL,
  year int NOT NULL,
  code text COLLATE "C" NOT NULL,
  PRIMARY KEY (unit_id, year, code)
);

-- What a document says; one row from the first draft on, fixed once it is issued.
CREATE TABLE content (
  id uuid PRIMARY KEY,
  type_name text NOT NULL,
  type_abbreviation text NOT NULL,
  normative boolean NOT NULL,
  drafting_abbreviation text NOT NULL,
  subject text NOT NULL CHECK (subject IS NFC NORMALIZED),
  summary text NOT NULL CHECK (summary IS NFC NORMALIZED),
  urgency int NOT NULL,
  circulation int NOT NULL,
  due_date date,
  recipient_units text[] NOT NULL,
  recipient_organs text[] NOT NULL,
  recipient_names text[] NOT NULL,
  recipient_informed text[] NOT NULL,     -- 't' = to know only
  page_count int NOT NULL,
  copy_count int NOT NULL,
  steering_type int NOT NULL,
  reference_documents text[] NOT NULL,
  reference_codes text[] NOT NULL,
  reference_dates text[] NOT NULL,
  reference_organs text[] NOT NULL,
  attachment_files text[] NOT NULL,       -- SHA-256
  attachment_names text[] NOT NULL,
  attachment_types text[] NOT NULL,
  attachment_sizes text[] NOT NULL,       -- bytes
  attachment_texts text[] NOT NULL,
  changed_document_id uuid,
  change_kind int NOT NULL,               -- 0 = changes nothing
  restricted boolean NOT NULL,
  -- The sign-off; NULL until then.
  signer_authority int,
  signer_as_deputy boolean,
  signer_official_id text,
  signer_name text,
  signer_position text,
  signer_authorisation_id uuid,
  signed_at timestamptz,
  -- The number; NULL until then.
  book_id text,
  number int,
  letter text,
  code text,
  document_date date
);

CREATE TABLE draft (
  id uuid PRIMARY KEY,                    -- that of its content
  unit_id text COLLATE "C" NOT NULL,
  author_official_id text NOT NULL,
  state text NOT NULL CHECK (state IN
    ('DRAFTING', 'SUBMITTED', 'SIGNED', 'NUMBERED', 'ISSUED', 'WITHDRAWN')),
  readers text[] NOT NULL,
  opinion_officials text[] NOT NULL,
  opinion_times text[] NOT NULL,
  opinion_texts text[] NOT NULL,
  submitted_to_official_id text,
  return_reason text,
  document_id uuid,
  due_kind int,                           -- the deadline it waits for; NULL = none
  due_at timestamptz,
  due_soon_at timestamptz,
  due_mark int,                           -- 1 none, 2 soon, 3 overdue
  due_look_at timestamptz
);
CREATE INDEX draft_due ON draft (due_look_at) WHERE due_look_at IS NOT NULL;
CREATE INDEX draft_due_of_unit ON draft (unit_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX draft_by_unit ON draft (unit_id, id);
CREATE INDEX draft_by_state ON draft (unit_id, state, id);

CREATE TABLE document (
  id uuid PRIMARY KEY,
  content_id uuid NOT NULL,
  sender_unit_id text COLLATE "C" NOT NULL,
  sender_organ_id text NOT NULL,
  sender_name text NOT NULL,
  issued_at timestamptz NOT NULL,
  recalled boolean NOT NULL,
  recall_reason text,
  -- Units with a ground to see it, sorted.
  parties text[] NOT NULL,
  -- Code, agency, subject and summary, folded.
  words tsvector NOT NULL
);
CREATE INDEX document_by_words ON document USING gin (parties, words);
CREATE INDEX document_by_sender ON document (sender_unit_id, issued_at);
CREATE INDEX document_by_content ON document (content_id);

-- The same parties, for lists in order of the date.
CREATE TABLE document_party (
  unit_id text COLLATE "C" NOT NULL,
  document_date date NOT NULL,
  document_id uuid NOT NULL,
  PRIMARY KEY (unit_id, document_date, document_id)
);

-- A document from outside that was registered by hand: the same one is not registered twice.
CREATE TABLE registered_document (
  unit_id text COLLATE "C" NOT NULL,
  sender_key text COLLATE "C" NOT NULL,   -- code of the organisation, else its folded name
  code text COLLATE "C" NOT NULL,
  document_date date NOT NULL,
  delivery_id uuid NOT NULL,
  CONSTRAINT registered_document_unique PRIMARY KEY (unit_id, sender_key, code, document_date)
);

CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  document_id uuid NOT NULL,
  sender_unit_id text COLLATE "C" NOT NULL,
  receiver_unit_id text COLLATE "C" NOT NULL,
  receiver_organ_id text COLLATE "C" NOT NULL,
  receiver_name text NOT NULL,
  holder_unit_id text COLLATE "C" NOT NULL,  -- who handles it now
  for_information boolean NOT NULL,
  restricted boolean NOT NULL,            -- of the document, as its urgency
  urgency int NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('SENT', 'ARRIVED', 'REFUSED', 'ENTERED',
    'ASSIGNED', 'PROCESSING', 'COMPLETED', 'RECALLED')),
  sent_at timestamptz NOT NULL,
  arrival_code text,
  arrival_date date,
  answering_document_id uuid,
  answering_code text,
  change_kind int,
  change_answer int,
  change_reason text,
  change_requested_at timestamptz,
  change_answered_at timestamptz,
  replaced_by_id uuid,
  deadline timestamptz,
  due_kind int,                           -- the deadline it waits for; NULL = none
  due_at timestamptz,
  due_soon_at timestamptz,
  due_mark int,                           -- 1 none, 2 soon, 3 overdue
  due_look_at timestamptz,
  step_codes text[] NOT NULL,
  step_times text[] NOT NULL,
  step_reasons text[] NOT NULL,
  step_officials text[] NOT NULL
);
CREATE INDEX delivery_due ON delivery (due_look_at) WHERE due_look_at IS NOT NULL;
CREATE INDEX delivery_due_of_unit ON delivery (holder_unit_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_by_document ON delivery (document_id, id);
CREATE INDEX delivery_by_sender ON delivery (sender_unit_id, sent_at);
CREATE INDEX delivery_by_time ON delivery (holder_unit_id, sent_at);
CREATE INDEX delivery_by_holder ON delivery (holder_unit_id, id);
CREATE INDEX delivery_by_state ON delivery (holder_unit_id, state, id);

-- The last deadline of a delivery that came near or passed.
CREATE TABLE deadline_notice (
  delivery_id uuid PRIMARY KEY,
  unit_id text COLLATE "C" NOT NULL,
  due_kind int NOT NULL,
  due_at timestamptz NOT NULL,
  due_soon_at timestamptz NOT NULL,
  due_mark int NOT NULL
);

CREATE TABLE incoming (
  id uuid PRIMARY KEY,                    -- that of the delivery
  document_id uuid NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  book_id text COLLATE "C" NOT NULL,
  arrival_number int NOT NULL,
  arrival_code text NOT NULL,
  arrival_date date NOT NULL,
  entered_by_official_id text NOT NULL,
  restricted boolean NOT NULL,
  opinion text,
  opinion_official_id text,
  opinion_at timestamptz
);
CREATE INDEX incoming_by_book ON incoming (book_id, arrival_number);

CREATE TABLE task (
  id uuid PRIMARY KEY,
  delivery_id uuid NOT NULL,
  document_id uuid NOT NULL,
  restricted boolean NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  assigned_by_official_id text NOT NULL,
  assignee_unit_id text COLLATE "C" NOT NULL,
  assignee_official_id text COLLATE "C" NOT NULL,
  role int NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN
    ('ASSIGNED', 'IN_PROGRESS', 'COMPLETED', 'WITHDRAWN')),
  deadline timestamptz,
  due_kind int,                           -- the deadline it waits for; NULL = none
  due_at timestamptz,
  due_soon_at timestamptz,
  due_mark int,                           -- 1 none, 2 soon, 3 overdue
  due_look_at timestamptz,
  assigned_at timestamptz NOT NULL,
  completed_at timestamptz,
  instruction text NOT NULL,
  report_officials text[] NOT NULL,
  report_times text[] NOT NULL,
  report_texts text[] NOT NULL
);
CREATE INDEX task_due ON task (due_look_at) WHERE due_look_at IS NOT NULL;
CREATE INDEX task_due_of_unit ON task (assignee_unit_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX task_by_delivery ON task (delivery_id, id);
CREATE INDEX task_by_document ON task (document_id, assignee_unit_id);
CREATE INDEX task_by_assignee ON task (assignee_unit_id, id);
CREATE INDEX task_open ON task (assignee_unit_id, id) WHERE state IN ('ASSIGNED', 'IN_PROGRESS');

CREATE TABLE authorisation (
  id uuid PRIMARY KEY,
  unit_id text COLLATE "C" NOT NULL,
  from_official_id text NOT NULL,
  to_official_id text NOT NULL,
  content text NOT NULL,
  type_names text[] NOT NULL,
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  revoked boolean NOT NULL
);
CREATE INDEX authorisation_by_unit ON authorisation (unit_id, id);

-- Who of a unit may read a restricted document, beside its clerks and leaders.
CREATE TABLE reading_right (
  document_id uuid NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  readers text[] NOT NULL,
  PRIMARY KEY (document_id, unit_id)
);

-- Records as the service reads them: with the version, which the journal keeps, and times in
-- microseconds since the epoch.
CREATE FUNCTION microseconds(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
  RETURN (extract(epoch FROM at) * 1000000)::bigint;

CREATE VIEW book_record AS
  SELECT b.*, h.version FROM book b
  JOIN head h ON h.record_type = 'book' AND h.record_id = b.id;

CREATE VIEW draft_record AS
  SELECT d.id, d.unit_id, d.author_official_id, d.state, d.readers, d.opinion_officials,
    d.opinion_times, d.opinion_texts, d.submitted_to_official_id, d.return_reason, d.document_id,
    d.due_kind, microseconds(d.due_at) AS due_at,
    microseconds(d.due_soon_at) AS due_soon_at, d.due_mark, h.version, c.id AS content_id, c.type_name, c.type_abbreviation, c.normative, c.drafting_abbreviation,
    c.subject, c.summary, c.urgency, c.circulation, c.due_date, c.recipient_units,
    c.recipient_organs, c.recipient_names, c.recipient_informed, c.page_count, c.copy_count,
    c.steering_type, c.reference_documents, c.reference_codes, c.reference_dates,
    c.reference_organs, c.attachment_files, c.attachment_names, c.attachment_types,
    c.attachment_sizes, c.attachment_texts, c.changed_document_id, c.change_kind, c.restricted, c.signer_authority,
    c.signer_as_deputy, c.signer_official_id, c.signer_name, c.signer_position,
    c.signer_authorisation_id, microseconds(c.signed_at) AS signed_at, c.book_id, c.number,
    c.letter, c.code, c.document_date
  FROM draft d JOIN content c ON c.id = d.id
  JOIN head h ON h.record_type = 'draft' AND h.record_id = d.id::text;

CREATE VIEW document_record AS
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
    c.letter, c.code, c.document_date
  FROM document d JOIN content c ON c.id = d.content_id
  JOIN head h ON h.record_type = 'document' AND h.record_id = d.id::text;

CREATE VIEW delivery_record AS
  SELECT d.id, d.document_id, d.sender_unit_id, d.receiver_unit_id, d.receiver_organ_id,
    d.receiver_name, d.holder_unit_id, d.for_information, d.restricted, d.urgency, d.state, microseconds(d.sent_at) AS sent_at,
    d.arrival_code, d.arrival_date, d.answering_document_id, d.answering_code, d.change_kind,
    d.change_answer, d.change_reason, microseconds(d.change_requested_at) AS change_requested_at,
    microseconds(d.change_answered_at) AS change_answered_at, d.replaced_by_id,
    microseconds(d.deadline) AS deadline, d.due_kind, microseconds(d.due_at) AS due_at,
    microseconds(d.due_soon_at) AS due_soon_at, d.due_mark, d.step_codes, d.step_times, d.step_reasons,
    d.step_officials, h.version
  FROM delivery d JOIN head h ON h.record_type = 'delivery' AND h.record_id = d.id::text;

CREATE VIEW incoming_record AS
  SELECT i.id, i.document_id, i.unit_id, i.book_id, i.arrival_number, i.arrival_code,
    i.arrival_date, i.entered_by_official_id, i.restricted, i.opinion, i.opinion_official_id,
    microseconds(i.opinion_at) AS opinion_at, h.version
  FROM incoming i JOIN head h ON h.record_type = 'incoming' AND h.record_id = i.id::text;

CREATE VIEW task_record AS
  SELECT t.id, t.delivery_id, t.document_id, t.restricted, t.unit_id, t.assigned_by_official_id,
    t.assignee_unit_id, t.assignee_official_id, t.role, t.state,
    microseconds(t.deadline) AS deadline, t.due_kind, microseconds(t.due_at) AS due_at,
    microseconds(t.due_soon_at) AS due_soon_at, t.due_mark,
    microseconds(t.assigned_at) AS assigned_at,
    microseconds(t.completed_at) AS completed_at, t.instruction, t.report_officials,
    t.report_times, t.report_texts, h.version
  FROM task t JOIN head h ON h.record_type = 'task' AND h.record_id = t.id::text;

CREATE VIEW authorisation_record AS
  SELECT a.*, h.version FROM authorisation a
  JOIN head h ON h.record_type = 'authorisation' AND h.record_id = a.id::text;

-- Limits as dated data; what held when the time began to run holds for the case. Office hours too.
CREATE TABLE deadline_rule (
  kind int NOT NULL,                      -- 1 reception, 2 presentation, 3 issue
  urgent boolean NOT NULL,
  amount int NOT NULL,
  unit text NOT NULL CHECK (unit IN ('WORKING_DAYS', 'WORKING_MINUTES', 'CLOCK_MINUTES')),
  soon_percent int NOT NULL CHECK (soon_percent BETWEEN 1 AND 100),
  valid_from date NOT NULL,
  valid_to date,
  legal_basis text NOT NULL,
  certain boolean NOT NULL,               -- false = to be verified before production
  PRIMARY KEY (kind, urgent, valid_from)
);
-- The law says "at once" of urgent ones; an hour of office time is a proposal. Before 05/03/2020
-- NĐ 110/2004 held, whose limits were taken to be the same.
INSERT INTO deadline_rule
SELECT k, u, CASE WHEN u THEN 60 ELSE d END, CASE WHEN u THEN 'WORKING_MINUTES' ELSE 'WORKING_DAYS' END,
  80, f::date, t::date, l, NOT u AND c
FROM (VALUES (1, 0, 'art. 21.2c'), (2, 1, 'art. 23.1'), (3, 1, 'art. 18.1')) AS r (k, d, a),
  (VALUES (false), (true)) AS urgent (u),
  LATERAL (VALUES ('2019-01-01', '2020-03-04', 'NĐ 110/2004/NĐ-CP', false),
    ('2020-03-05', NULL, 'NĐ 30/2020/NĐ-CP, ' || a, true)) AS law (f, t, l, c);

CREATE TABLE office_hours (
  starts time PRIMARY KEY,
  ends time NOT NULL
);
INSERT INTO office_hours VALUES ('07:30', '11:30'), ('13:00', '17:00');
