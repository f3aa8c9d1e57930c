-- Keys of partners that report over Open311.
CREATE TABLE api_key (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  calls_per_minute int NOT NULL,
  keeper_unit_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_reason text NOT NULL,
  key_sha256 text COLLATE "C" NOT NULL UNIQUE, -- of the key, hex
  channel int NOT NULL                    -- of the reports that come in with it
);
CREATE INDEX api_key_by_keeper ON api_key (keeper_unit_id, id);

CREATE VIEW api_key_record AS
  SELECT k.id, k.name, k.calls_per_minute, k.keeper_unit_id,
    microseconds(k.created_at) AS created_at, microseconds(k.revoked_at) AS revoked_at,
    k.revoked_reason, k.channel, h.version
  FROM api_key k CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'api-key' AND record_id = k.id::text LIMIT 1) h;
