-- Working files (hồ sơ công việc): entries of the yearly lists, and what became of them.

CREATE TABLE working_file (
  id text COLLATE "C" PRIMARY KEY,        -- "<unit>:<year>:<notation>" of who planned it
  unit_id text COLLATE "C" NOT NULL,      -- who has it now
  items_unit text COLLATE "C" NOT NULL,   -- in which items may still be, until they have followed
  year int NOT NULL,
  notation text COLLATE "C" NOT NULL,
  title text NOT NULL CHECK (title IS NFC NORMALIZED),
  permanent boolean NOT NULL,
  years int NOT NULL,                     -- retention; 0 when permanent
  construction boolean NOT NULL,
  official_id text COLLATE "C" NOT NULL,
  restricted boolean NOT NULL,
  readers text[] NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN
    ('PLANNED', 'OPEN', 'CLOSED', 'ARCHIVED', 'DESTROYING', 'DESTROYED')),
  start_date date,
  end_date date,
  last_ordinal int NOT NULL,
  document_count int NOT NULL,
  page_count int NOT NULL,
  due_kind int,                           -- the deadline it waits for; NULL = none
  due_at timestamptz,
  due_soon_at timestamptz,
  due_mark int,                           -- 1 none, 2 soon, 3 overdue
  due_look_at timestamptz,
  kept_back_until date,
  kept_back_reason text NOT NULL,
  hold_official_id text,
  hold_at timestamptz,
  hold_reason text,
  archived_at timestamptz,
  archived_by_official_id text NOT NULL,
  destruction_id text NOT NULL,
  destroyed_at timestamptz
);
CREATE INDEX working_file_by_unit ON working_file (unit_id, year, notation);
CREATE INDEX working_file_due ON working_file (due_look_at) WHERE due_look_at IS NOT NULL;
CREATE INDEX working_file_due_of_unit ON working_file (unit_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX working_file_kept ON working_file (unit_id, id)
  WHERE state IN ('PLANNED', 'OPEN', 'CLOSED');
CREATE INDEX working_file_moving ON working_file (id) WHERE items_unit <> unit_id;
CREATE INDEX working_file_destroying ON working_file (id) WHERE state = 'DESTROYING';

CREATE TABLE file_item (
  id text COLLATE "C" PRIMARY KEY,        -- "<file>:<document>", "<file>:<UUID>" of other material
  file_id text COLLATE "C" NOT NULL,
  unit_id text COLLATE "C" NOT NULL,      -- of the file, as the next
  restricted boolean NOT NULL,
  ordinal int NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('FILED', 'REMOVED', 'ERASED')),
  document_id uuid,                       -- NULL = other material
  title text NOT NULL CHECK (title IS NFC NORMALIZED),
  date date,
  page_count int NOT NULL,
  attachment_file text NOT NULL,          -- SHA-256
  attachment_name text NOT NULL,
  attachment_type text NOT NULL,
  attachment_size bigint NOT NULL,
  added_by_official_id text NOT NULL,
  added_at timestamptz NOT NULL,
  removal_reason text NOT NULL,
  UNIQUE (file_id, ordinal)
);
CREATE INDEX file_item_filed ON file_item (file_id, ordinal) WHERE state = 'FILED';
CREATE INDEX file_item_by_document ON file_item (document_id) WHERE document_id IS NOT NULL;

CREATE TABLE destruction (
  id uuid PRIMARY KEY,
  unit_id text COLLATE "C" NOT NULL,
  file_ids text[] NOT NULL,
  reason text NOT NULL,
  proposed_by_official_id text NOT NULL,
  proposed_at timestamptz NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'REFUSED')),
  decided_by_official_id text NOT NULL,
  decided_at timestamptz,
  decision_reason text NOT NULL
);
CREATE INDEX destruction_by_unit ON destruction (unit_id, id);

-- Documents that a unit destroyed: it is no party of them any more.
CREATE TABLE destroyed_document (
  document_id uuid NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (document_id, unit_id)
);
-- No unit has it any more: summary and files are gone.
ALTER TABLE document ADD erased boolean NOT NULL DEFAULT false;
-- The unit destroyed what it became.
ALTER TABLE draft ADD erased boolean NOT NULL DEFAULT false;
CREATE INDEX draft_by_document ON draft (document_id) WHERE document_id IS NOT NULL;

-- Limits as dated data: what held when a file was closed holds for it.
CREATE TABLE archive_rule (
  valid_from date PRIMARY KEY,
  valid_to date,
  months int NOT NULL,                    -- from the end of the work to the archive of the agency
  construction_months int NOT NULL,       -- the same of construction, from its settlement
  kept_back_months int NOT NULL,          -- how much later, by written consent
  retention_years_min int NOT NULL,       -- shorter ones need not go to the archive
  legal_basis text NOT NULL,
  certain boolean NOT NULL                -- false = to be verified before production
);
-- The limits of the time before and of the Archives Law of 2024 were taken to be the same.
INSERT INTO archive_rule VALUES
  ('2019-01-01', '2020-03-04', 12, 3, 24, 5, 'Luật Lưu trữ 01/2011/QH13', false),
  ('2020-03-05', '2025-06-30', 12, 3, 24, 5, 'NĐ 30/2020/NĐ-CP, art. 30', true),
  ('2025-07-01', NULL, 12, 3, 24, 5, 'Luật Lưu trữ 33/2024/QH15', false);

CREATE VIEW working_file_record AS
  SELECT f.id, f.unit_id, f.year, f.notation, f.title, f.permanent, f.years, f.construction,
    f.official_id, f.restricted, f.readers, f.state, f.start_date, f.end_date, f.last_ordinal,
    f.document_count, f.page_count, f.due_kind, microseconds(f.due_at) AS due_at,
    microseconds(f.due_soon_at) AS due_soon_at, f.due_mark, f.kept_back_until, f.kept_back_reason,
    f.hold_official_id, microseconds(f.hold_at) AS hold_at, f.hold_reason,
    microseconds(f.archived_at) AS archived_at, f.archived_by_official_id, f.destruction_id,
    microseconds(f.destroyed_at) AS destroyed_at, h.version
  FROM working_file f JOIN head h ON h.record_type = 'file' AND h.record_id = f.id;

CREATE VIEW file_item_record AS
  SELECT i.id, i.file_id, i.unit_id, i.restricted, i.ordinal, i.state, i.document_id, i.title,
    i.date, i.page_count, i.attachment_file, i.attachment_name, i.attachment_type,
    i.attachment_size, i.added_by_official_id, microseconds(i.added_at) AS added_at, i.removal_reason, h.version
  FROM file_item i JOIN head h ON h.record_type = 'file-item' AND h.record_id = i.id;

CREATE VIEW destruction_record AS
  SELECT d.id, d.unit_id, d.file_ids, d.reason, d.proposed_by_official_id,
    microseconds(d.proposed_at) AS proposed_at, d.state, d.decided_by_official_id,
    microseconds(d.decided_at) AS decided_at, d.decision_reason, h.version
  FROM destruction d JOIN head h ON h.record_type = 'destruction' AND h.record_id = d.id::text;
