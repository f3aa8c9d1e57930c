-- Identifiers compare by bytes (COLLATE "C"): quick, and the same order everywhere.

-- The journal of an owner: outbox, audit trail and history in one append-only table.
-- One row for each change of a record; never updated or deleted, except that states and salt of a
-- person can be erased (the row's hash covers SHA-256(salt, state), kept in state_digests).
CREATE TABLE journal (
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
  ordinal integer NOT NULL,               -- 0 = the row that carries the answer of its call
  record_type text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  event text NOT NULL,
  event_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,       -- machine time
  effective_at timestamptz NOT NULL,      -- business time
  system text NOT NULL,
  unit text NOT NULL,
  official text NOT NULL,
  caller text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  traceparent text NOT NULL,
  epoch bigint NOT NULL,
  state_row bigint,                       -- the row that holds the bytes; NULL = this one
  views text[] NOT NULL,                  -- names of the views, widest first
  states text[],                          -- their JSON, exactly the bytes published; NULL = erased or in state_row
  salt bytea,
  state_digests bytea[] NOT NULL,         -- SHA-256(salt || state) per view; empty with state_row
  hashes text NOT NULL,                   -- {"full":"<view hash>"} after the change
  audience text NOT NULL,                 -- {"H09.718":"full"} after the change
  hashes_before text NOT NULL,
  audience_before text NOT NULL,
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);

-- Further partitions are added ahead of need by the sweeper.
CREATE TABLE journal_0 PARTITION OF journal FOR VALUES FROM (MINVALUE) TO (10000000);
CREATE INDEX journal_by_record ON journal (record_type, record_id, id);

CREATE TABLE head (
  record_type text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,                -- 0 = locked by its first change
  bucket smallint NOT NULL,               -- first byte of SHA-256(key)
  hashes text NOT NULL,
  audience text NOT NULL,
  journal_id bigint NOT NULL,             -- newest row
  state_row bigint NOT NULL,              -- row that holds the bytes of this version
  sharing_mark bigint NOT NULL,       -- of the sharing rules the audience was computed with
  PRIMARY KEY (record_type, record_id)
) WITH (fillfactor = 80);
CREATE INDEX head_by_bucket ON head (record_type, bucket);
CREATE INDEX head_by_sharing ON head (record_type, sharing_mark);

CREATE TABLE request (
  caller text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,             -- SHA-256 of RPC name, official and request
  journal_id bigint NOT NULL,             -- row 0
  rows bigint NOT NULL,
  made_at timestamptz NOT NULL,           -- kept 400 days
  PRIMARY KEY (caller, request_id)
) PARTITION BY HASH (caller, request_id);
CREATE TABLE request_0 PARTITION OF request FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE request_1 PARTITION OF request FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE request_2 PARTITION OF request FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE request_3 PARTITION OF request FOR VALUES WITH (MODULUS 4, REMAINDER 3);

CREATE INDEX request_by_time ON request USING brin (made_at);

-- One row: the owner's epoch and how far the relay has come.
CREATE TABLE relay_state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL,
  complete bigint NOT NULL,               -- newest epoch under which everything visible was published
  position bigint NOT NULL,               -- newest journal id published and acknowledged
  republished text COLLATE "C" NOT NULL               -- while an epoch is being completed: last key done
);
INSERT INTO relay_state VALUES (true, 1, 1, 0, '');

-- What each feed holds of this owner at `position`.
CREATE TABLE relay_digest (
  member text COLLATE "C" NOT NULL,                   -- unit code, service-<name> or *
  record_type text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (member, record_type)
);

-- A feed that could not be written; rebuilt by republishing when it is back.
CREATE TABLE broken_feed (
  member text COLLATE "C" PRIMARY KEY,
  since timestamptz NOT NULL,
  reason text NOT NULL,
  position bigint NOT NULL                -- of the relay: up to here the feed has everything
);

-- Asked for by readers, carried out by the relay.
CREATE TABLE republish (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member text COLLATE "C" NOT NULL,
  record_type text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  asked_at timestamptz NOT NULL,
  UNIQUE (member, record_type, record_id)
);

-- A hash over a stretch of rows, chained to the seal before it.
CREATE TABLE seal (
  from_id bigint PRIMARY KEY,
  to_id bigint NOT NULL,
  rows bigint NOT NULL,
  epoch bigint NOT NULL,
  hash text NOT NULL,                     -- 64 hex digits
  previous text NOT NULL,
  published boolean NOT NULL DEFAULT false
);
CREATE INDEX seal_to_publish ON seal (from_id) WHERE NOT published;
