-- Reads of persons in this copy. A row is written with the read, sent to the registry's
-- ReportAccess and kept for a while after that.
CREATE TABLE access_log (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  record_type text NOT NULL,
  record_id text NOT NULL,
  citizen_id text NOT NULL,               -- the person the record is about
  system text NOT NULL,
  unit_id text NOT NULL,
  purpose text NOT NULL CHECK (btrim(purpose) <> ''),
  source text NOT NULL,                   -- the RPC, or the SQL function and the role
  sent_at timestamptz,                    -- NULL = the registry does not know it yet
  refused text                            -- why the registry refuses it; then it stays here for good
);
CREATE INDEX access_log_unsent ON access_log (read_at, id)
  WHERE sent_at IS NULL AND refused IS NULL;
CREATE INDEX access_log_sent ON access_log (sent_at) WHERE sent_at IS NOT NULL;
