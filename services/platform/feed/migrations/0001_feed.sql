-- What a reader of feeds holds: a replica (a database per unit) or a service.
-- "topic" is lienthong.feed.<member> or lienthong.feed.all: separate sets.
-- Keys sort by bytes whatever the database's locale: the scrub compares them in C++ too.
CREATE TABLE feed_offset (
  topic text PRIMARY KEY,
  next bigint NOT NULL,                   -- offset of the next message to apply; 0 = from the start
  applied_at timestamptz                  -- machine time of the last batch
);

-- One row per key ever seen: the record while it is live, its guard always.
CREATE TABLE feed_record (
  topic text COLLATE "C" NOT NULL,
  record_type text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  owner text NOT NULL,                    -- "registry"
  epoch bigint NOT NULL,                  -- guard; 0,0 = believes any answer
  sequence bigint NOT NULL,
  version bigint NOT NULL,
  view text NOT NULL,
  value text,                             -- the bytes of the message; NULL = deleted
  hash bytea,                             -- view hash of the live message, 16 bytes
  suspect boolean NOT NULL DEFAULT false, -- a stale message came after it: to be asked for
  PRIMARY KEY (topic, record_type, record_id)
);
CREATE INDEX feed_record_suspect ON feed_record (topic, owner) WHERE suspect;

-- Count and digest of the live rows, kept with every batch.
CREATE TABLE feed_digest (
  topic text NOT NULL,
  owner text NOT NULL,
  record_type text NOT NULL,
  count bigint NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (topic, owner, record_type)
);

-- Per owner: highest (epoch, sequence) applied, the newest `complete`, the last matched barrier.
CREATE TABLE feed_owner (
  topic text NOT NULL,
  owner text NOT NULL,
  seen_epoch bigint NOT NULL,
  seen_sequence bigint NOT NULL,
  complete bigint NOT NULL,
  matched_epoch bigint NOT NULL,
  matched_sequence bigint NOT NULL,
  matched_time timestamptz,               -- `time` of the last barrier that matched
  equal boolean NOT NULL,                 -- did the last barrier that was compared match?
  PRIMARY KEY (topic, owner)
);

-- Messages that could not be applied. Only that record waits, and it counts as different; a newer
-- message of the same key takes the place of an older one, so their number is bounded by the keys.
CREATE TABLE feed_parked (
  topic text NOT NULL,
  message_key text NOT NULL,              -- readable; "sha256:<hex>" where the bytes are not text
  message_offset bigint NOT NULL,
  raw_key bytea NOT NULL,
  owner text NOT NULL,                    -- empty when the message does not say
  headers text NOT NULL,                  -- JSON array of [name, value]
  value bytea,
  message_time timestamptz NOT NULL,
  reason text NOT NULL,
  parked_at timestamptz NOT NULL,
  PRIMARY KEY (topic, message_key)
);
