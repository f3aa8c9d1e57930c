-- Identifiers compare by bytes (COLLATE "C"). Text is in Unicode normalisation form C.

CREATE TABLE unit (
  code text COLLATE "C" PRIMARY KEY CHECK (length(code) <= 35),  -- never reused
  name text NOT NULL CHECK (name IS NFC NORMALIZED),             -- the newest; older ones below
  kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 5),           -- UnitKind of records.proto
  parent_code text COLLATE "C" REFERENCES unit,                  -- NULL = the province
  carrier_code text COLLATE "C" REFERENCES unit,                 -- NULL = itself; never changes
  gso_code text NOT NULL,
  valid_from date NOT NULL,
  valid_to date CHECK (valid_to >= valid_from),                  -- inclusive; NULL = open
  synthetic boolean NOT NULL,
  closed boolean NOT NULL                                        -- set by the timer after valid_to
);
CREATE INDEX unit_by_parent ON unit (parent_code, code);
CREATE INDEX unit_by_carrier ON unit (carrier_code) WHERE carrier_code IS NOT NULL;
CREATE INDEX unit_to_close ON unit (valid_to) WHERE NOT closed AND valid_to IS NOT NULL;

-- The name of a unit from a day on: the tree of a date shows the names of that date.
CREATE TABLE unit_name (
  unit_code text COLLATE "C" NOT NULL REFERENCES unit,
  valid_from date NOT NULL,
  name text NOT NULL CHECK (name IS NFC NORMALIZED),
  PRIMARY KEY (unit_code, valid_from)
);

-- Merge: several units name one successor; split: one unit names several.
CREATE TABLE unit_successor (
  unit_code text COLLATE "C" NOT NULL REFERENCES unit,
  successor_code text COLLATE "C" NOT NULL REFERENCES unit CHECK (successor_code <> unit_code),
  PRIMARY KEY (unit_code, successor_code)
);

CREATE TABLE position (
  code text COLLATE "C" PRIMARY KEY,
  name text NOT NULL CHECK (name IS NFC NORMALIZED),
  permissions text[] NOT NULL                                    -- sorted, without repeats
);

CREATE TABLE official (
  id text COLLATE "C" PRIMARY KEY,
  full_name text NOT NULL CHECK (full_name IS NFC NORMALIZED)
);

CREATE TABLE appointment (
  official_id text COLLATE "C" NOT NULL REFERENCES official,
  unit_code text COLLATE "C" NOT NULL REFERENCES unit,
  position_code text COLLATE "C" NOT NULL REFERENCES position,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz CHECK (ends_at > starts_at),               -- exclusive; NULL = open
  ended boolean NOT NULL,                                        -- set when ends_at has passed
  PRIMARY KEY (official_id, starts_at, unit_code, position_code)
);
CREATE INDEX appointment_to_end ON appointment (ends_at) WHERE NOT ended AND ends_at IS NOT NULL;

-- What owners publish: the views of a record type that an agreement can name, and their fields.
-- Corrections are not shared by agreement.
CREATE TABLE record_view (
  record_type text COLLATE "C" NOT NULL,
  view text COLLATE "C" NOT NULL,
  fields text[] NOT NULL,
  PRIMARY KEY (record_type, view)
);
INSERT INTO record_view VALUES
  ('citizen', 'full', '{id,version,full_name,birth_date,sex,identity_number,old_identity_numbers,address.text,address.commune_code,address.commune_date,state,death_date,merged_into_id,identity_warnings,mother_id,father_id}'),
  ('citizen', 'limited', '{id,version,full_name,birth_date,sex,address.commune_code,address.commune_date,state,death_date,merged_into_id,identity_warnings}'),
  ('enterprise', 'full', '{id,version,name,tax_number,address.text,address.commune_code,address.commune_date,representative_name,registered_on,state,dissolved_on}'),
  ('enterprise', 'limited', '{id,version,name,tax_number,address.commune_code,address.commune_date,registered_on,state,dissolved_on}');

CREATE TABLE agreement (
  id text COLLATE "C" PRIMARY KEY,
  consumer_code text COLLATE "C" NOT NULL REFERENCES unit,
  record_type text COLLATE "C" NOT NULL,
  view text COLLATE "C" NOT NULL,
  purpose text NOT NULL CHECK (purpose IS NFC NORMALIZED),
  legal_basis text NOT NULL CHECK (legal_basis IS NFC NORMALIZED),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz CHECK (ends_at > starts_at),               -- exclusive; NULL = open
  state smallint NOT NULL CHECK (state BETWEEN 1 AND 3),         -- planned, active, ended
  view_fields text[] NOT NULL,                                   -- as agreed: a later record_view changes nothing
  ended_because text NOT NULL CHECK (ended_because IS NFC NORMALIZED)
);
CREATE INDEX agreement_by_consumer ON agreement (consumer_code, id);
CREATE INDEX agreement_to_start ON agreement (starts_at) WHERE state = 1;
CREATE INDEX agreement_to_end ON agreement (ends_at) WHERE state <> 3 AND ends_at IS NOT NULL;

CREATE TABLE calendar_day (
  day date PRIMARY KEY,
  kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),           -- off, work, half
  name text NOT NULL CHECK (name IS NFC NORMALIZED),
  certain boolean NOT NULL
);

-- What the audience of officials depends on besides their appointments: the services with a feed.
-- Whoever changes it, or lets a unit change its carrier, raises `sequence`: the sweep then revisits
-- every official.
CREATE TABLE audience_rule (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  sequence bigint NOT NULL,
  service_feeds text[] NOT NULL
);
INSERT INTO audience_rule VALUES (true, 1, '{}');
