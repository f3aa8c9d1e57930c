-- Records whose earlier states are to be erased from the journal, once everything of them is
-- published. Their rows stay, with what the seals cover.
CREATE TABLE erasure (
  record_type text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (record_type, record_id)
);
