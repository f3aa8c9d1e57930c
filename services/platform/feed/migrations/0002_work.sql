-- How often a parked message was tried; one that was parked by an older program was, once.
ALTER TABLE feed_parked
  ADD COLUMN attempts integer NOT NULL DEFAULT 1,
  ADD COLUMN tried_at timestamptz;        -- NULL = only when it was parked

-- What operators asked of this copy: repairs and bootstraps, the newest 1000 of each. Only the
-- newest of a kind is carried out; it goes on after a restart.
CREATE TABLE feed_work (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,                     -- "repair", "bootstrap"
  request_id text NOT NULL,
  operation_id text NOT NULL,             -- at the directory; may be empty
  asked_at timestamptz NOT NULL,          -- machine time
  begun_at timestamptz,                   -- of a bootstrap: written with the emptying of the copy
  completed_at timestamptz,
  differing bigint NOT NULL DEFAULT 0,
  UNIQUE (kind, request_id)
);
