-- The business tables of the registry. Versions, audiences and history are in head and journal.
-- No foreign keys between them: one service writes them, always under the lock of the record's head.

CREATE TABLE citizen (
  id uuid PRIMARY KEY,
  full_name text NOT NULL CHECK (full_name IS NFC NORMALIZED),
  birth_date date NOT NULL,
  sex text NOT NULL CHECK (sex IN ('MALE', 'FEMALE')),
  -- NULL until it is assigned, and on merged records: the number stays unique.
  identity_number text COLLATE "C",
  old_identity_numbers text[] NOT NULL,
  address_text text NOT NULL CHECK (address_text IS NFC NORMALIZED),
  commune_code text COLLATE "C" NOT NULL,
  commune_date date NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('LIVING', 'DECEASED', 'MERGED')),
  death_date date,
  merged_into_id uuid,
  identity_warnings text[] NOT NULL,
  mother_id uuid,
  father_id uuid,
  CONSTRAINT citizen_identity_number_unique UNIQUE (identity_number),
  CHECK ((state = 'MERGED') = (merged_into_id IS NOT NULL)),
  CHECK (state <> 'DECEASED' OR death_date IS NOT NULL),
  CHECK (state <> 'MERGED' OR identity_number IS NULL)
);
CREATE INDEX citizen_by_birth_date ON citizen (birth_date, id) WHERE state <> 'MERGED';
CREATE INDEX citizen_by_commune ON citizen (commune_code, id) WHERE state <> 'MERGED';
CREATE INDEX citizen_by_old_number ON citizen USING gin (old_identity_numbers)
  WHERE state <> 'MERGED' AND old_identity_numbers <> '{}';

-- With the version of the record, which the journal keeps.
CREATE VIEW citizen_record AS
  SELECT c.*, h.version FROM citizen c
  JOIN head h ON h.record_type = 'citizen' AND h.record_id = c.id::text;

-- The beginnings at which a name can be found: every stretch of words to its end, folded, and, where
-- that is something else, with its diacritics behind a leading space. Merged records have none.
CREATE TABLE citizen_name (
  citizen_id uuid NOT NULL,
  suffix text COLLATE "C" NOT NULL,
  commune_code text COLLATE "C" NOT NULL,
  PRIMARY KEY (citizen_id, suffix)
);
CREATE INDEX citizen_name_by_suffix ON citizen_name (suffix, citizen_id);
CREATE INDEX citizen_name_by_commune ON citizen_name (commune_code, suffix, citizen_id);

-- The decision behind a merge; who made it and when is in the journal's row of the duplicate.
CREATE TABLE citizen_merge (
  duplicate_id uuid PRIMARY KEY,
  survivor_id uuid NOT NULL,
  reason text NOT NULL
);

CREATE TABLE enterprise (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name IS NFC NORMALIZED),
  tax_number text COLLATE "C" NOT NULL,
  address_text text NOT NULL CHECK (address_text IS NFC NORMALIZED),
  commune_code text COLLATE "C" NOT NULL,
  commune_date date NOT NULL,
  representative_name text CHECK (representative_name IS NFC NORMALIZED),
  registered_on date NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('ACTIVE', 'DISSOLVED')),
  dissolved_on date,
  CONSTRAINT enterprise_tax_number_unique UNIQUE (tax_number),
  CHECK ((state = 'DISSOLVED') = (dissolved_on IS NOT NULL))
);
CREATE INDEX enterprise_by_commune ON enterprise (commune_code, id);

CREATE VIEW enterprise_record AS
  SELECT e.*, h.version FROM enterprise e
  JOIN head h ON h.record_type = 'enterprise' AND h.record_id = e.id::text;

CREATE TABLE enterprise_name (
  enterprise_id uuid NOT NULL,
  suffix text COLLATE "C" NOT NULL,
  commune_code text COLLATE "C" NOT NULL,
  PRIMARY KEY (enterprise_id, suffix)
);
CREATE INDEX enterprise_name_by_suffix ON enterprise_name (suffix, enterprise_id);
CREATE INDEX enterprise_name_by_commune ON enterprise_name (commune_code, suffix, enterprise_id);

CREATE TABLE correction (
  id uuid PRIMARY KEY,
  citizen_id uuid NOT NULL,
  citizen_version bigint NOT NULL,
  -- The fields to correct; NULL = stays.
  full_name text CHECK (full_name IS NFC NORMALIZED),
  birth_date date,
  sex text CHECK (sex IN ('MALE', 'FEMALE')),
  identity_number text COLLATE "C",
  reason text NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('REQUESTED', 'APPROVED', 'REJECTED')),
  requested_by_official_id text NOT NULL,
  requested_by_unit_id text NOT NULL,
  decided_by_official_id text,
  decision_reason text,
  CHECK ((state = 'REQUESTED') = (decided_by_official_id IS NULL))
);
CREATE INDEX correction_by_citizen ON correction (citizen_id, id);

-- Who read a person's record; append-only. By year, so that old years can be put away whole.
CREATE TABLE access_log (
  id uuid NOT NULL,
  read_at timestamptz NOT NULL,           -- machine time
  citizen_id uuid NOT NULL,
  system text NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  official_id text NOT NULL,
  purpose text NOT NULL,
  source text NOT NULL,                   -- "registry GetCitizen", "replica ..."
  PRIMARY KEY (id, unit_id, read_at)
) PARTITION BY RANGE (read_at);
CREATE INDEX access_log_by_citizen ON access_log (citizen_id, read_at DESC, id DESC);
CREATE TABLE access_log_other PARTITION OF access_log DEFAULT;
DO $$
BEGIN
  FOR year IN 2024..2040 LOOP
    EXECUTE format(
      'CREATE TABLE access_log_%s PARTITION OF access_log FOR VALUES FROM (%L) TO (%L)',
      year, year || '-01-01 00:00:00+07', (year + 1) || '-01-01 00:00:00+07');
  END LOOP;
END $$;
