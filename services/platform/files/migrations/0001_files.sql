-- Files by SHA-256, uploads on their way, and which records have which files. The bytes lie in the
-- service's file store.

CREATE TABLE upload (
  id uuid PRIMARY KEY,
  caller text COLLATE "C" NOT NULL,
  official text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  size_bytes bigint NOT NULL,
  ends_at timestamptz NOT NULL,           -- machine time
  sha256 text COLLATE "C",                -- NULL until all bytes are there
  media_type text,
  UNIQUE (caller, request_id)
);
-- As it is read: times in microseconds since the epoch.
CREATE VIEW upload_row AS
  SELECT id, caller, official, request_id, name, size_bytes,
    (extract(epoch FROM ends_at) * 1000000)::bigint AS ends_at, sha256, media_type FROM upload;
CREATE INDEX upload_by_end ON upload (ends_at);
CREATE INDEX upload_by_file ON upload (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE file (
  sha256 text COLLATE "C" PRIMARY KEY,
  size_bytes bigint NOT NULL,
  media_type text NOT NULL
);

-- A file without a use and without an upload goes, and its bytes with it.
CREATE TABLE file_use (
  sha256 text COLLATE "C" NOT NULL,
  record_type text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (record_type, record_id, sha256)
);
CREATE INDEX file_use_by_file ON file_use (sha256);
