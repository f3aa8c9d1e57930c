-- The business tables of the hotline. Versions, audiences and history are in head and journal. No
-- foreign keys between them: one service writes them, always under the lock of the record's head.
-- Lists inside a record are parallel arrays. A deadline is a text: see store_values.hpp.

CREATE FUNCTION microseconds(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
  RETURN (extract(epoch FROM at) * 1000000)::bigint;

-- What the province decided, and what the service goes by. Read as one picture: `rules_mark` tells
-- whether it is another one; a mark never comes back, not even that of a change that was undone.
CREATE TABLE rules_mark (one boolean PRIMARY KEY DEFAULT true CHECK (one), mark uuid NOT NULL);
INSERT INTO rules_mark (mark) VALUES (gen_random_uuid());

CREATE TABLE category (
  id text COLLATE "C" PRIMARY KEY,
  parent_id text COLLATE "C" NOT NULL,    -- '' = a group
  name text NOT NULL,
  name_en text NOT NULL,
  kind int NOT NULL,
  restricted boolean NOT NULL,
  first_response_amount int,
  first_response_unit int,
  resolution_amount int,
  resolution_unit int,
  waiting_amount int,
  waiting_unit int,
  default_unit_id text COLLATE "C" NOT NULL,
  question_codes text[] NOT NULL,
  question_texts text[] NOT NULL,
  question_texts_en text[] NOT NULL,      -- '' = only in Vietnamese
  question_types text[] NOT NULL,
  question_required text[] NOT NULL,      -- 't' or 'f'
  value_questions text[] NOT NULL,        -- code of the question that a value belongs to
  value_keys text[] NOT NULL,
  value_names text[] NOT NULL,
  value_names_en text[] NOT NULL,         -- likewise
  closed boolean NOT NULL
);

CREATE TABLE centre (
  id text PRIMARY KEY CHECK (id = 'centre'),
  unit_id text NOT NULL,
  inspector_unit_id text NOT NULL,
  office_unit_id text NOT NULL,
  forwarding_amount int NOT NULL,
  forwarding_unit int NOT NULL,
  transfer_alarm_seconds int NOT NULL,
  escalation_amounts text[] NOT NULL,
  escalation_units text[] NOT NULL,       -- of the amounts
  escalation_unit_ids text[] NOT NULL,
  reopen_window_days int NOT NULL,
  reopens_max int NOT NULL,
  ratings_max int NOT NULL,
  public_contacts text[] NOT NULL,
  answering_amount int,                   -- NULL = no limit
  answering_unit int,
  duplicates_metres int NOT NULL,
  duplicates_hours int NOT NULL
);

CREATE TABLE office_hours (
  valid_from date NOT NULL,
  valid_to date,
  starts time NOT NULL,
  ends time NOT NULL,
  PRIMARY KEY (valid_from, starts)
);
INSERT INTO office_hours VALUES ('2000-01-01', NULL, '07:30', '11:30'),
  ('2000-01-01', NULL, '13:00', '17:00');

-- Which step leads from which state to which, and who may take it: KEEPER, who keeps the ticket;
-- UNIT, that of the assignment; CITIZEN; SYSTEM, the clock.
CREATE TABLE move (
  record text NOT NULL CHECK (record IN ('ticket', 'assignment')),
  step text NOT NULL,
  from_state int NOT NULL,
  to_state int NOT NULL,
  actor text NOT NULL CHECK (actor IN ('KEEPER', 'UNIT', 'CITIZEN', 'SYSTEM')),
  PRIMARY KEY (record, step, from_state, actor)
);
-- Tickets: 1 new, 2 classified, 3 routed, 4 answered, 5 approved, 6 published, 7 private, 8 rated,
-- 9 reopened, 10 closed, 11 rejected, 12 transferred, 13 joined.
INSERT INTO move
SELECT 'ticket', step, from_state, to_state, actor FROM (VALUES
  ('classify', '{1,2,9}'::int[], 2, 'KEEPER'),
  ('classify', '{3}', 3, 'KEEPER'),
  ('route', '{2,3,9,12}', 3, 'KEEPER'),
  ('refer', '{2,3}', 3, 'KEEPER'),
  ('unroute', '{3}', 2, 'KEEPER'),
  ('unroute', '{3}', 2, 'UNIT'),
  ('transfer', '{1,2,3}', NULL, 'KEEPER'),
  ('transferred', '{1,2}', 12, 'KEEPER'),
  ('transferred', '{3,4,5}', NULL, 'KEEPER'),
  ('answer', '{2,3,9}', 4, 'KEEPER'),
  ('answer', '{3}', 4, 'UNIT'),
  ('return_answer', '{4,5}', 2, 'KEEPER'),
  ('approve', '{4}', 5, 'KEEPER'),
  ('publish', '{5,7}', 6, 'KEEPER'),
  ('withdraw_publication', '{6}', 7, 'KEEPER'),
  ('withdraw_publication', '{8,10}', NULL, 'KEEPER'),
  ('keep_private', '{5}', 7, 'KEEPER'),
  ('rate', '{6,7,8}', 8, 'KEEPER'),
  ('rate', '{6,7,8}', 8, 'CITIZEN'),
  ('reopen', '{6,7,8,11}', 9, 'KEEPER'),
  ('reopen', '{6,7,8}', 9, 'CITIZEN'),
  ('reject', '{1,2,9}', 11, 'KEEPER'),
  ('join', '{1,2}', 13, 'KEEPER'),
  ('separate', '{13}', 2, 'KEEPER'),
  ('close', '{6,7,8,12}', 10, 'SYSTEM')) m (step, from_states, to_state_or_same, actor),
  LATERAL (SELECT f AS from_state, coalesce(to_state_or_same, f) AS to_state
           FROM unnest(from_states) f) s;
-- Assignments: 1 assigned, 2 accepted, 3 returned, 4 in progress, 5 waiting, 6 extended, 7 answered,
-- 8 withdrawn.
INSERT INTO move
SELECT 'assignment', step, from_state, to_state, actor FROM (VALUES
  ('accept', '{1}'::int[], 2, 'UNIT'),
  ('return', '{1,2,4,6}', 3, 'UNIT'),
  ('start', '{1,2}', 4, 'UNIT'),
  ('pause', '{2,4,6}', 5, 'UNIT'),
  ('resume', '{5}', 4, 'UNIT'),
  ('resume', '{5}', 4, 'SYSTEM'),
  ('resume', '{5}', 4, 'KEEPER'),
  ('resume', '{5}', 4, 'CITIZEN'),
  ('extend', '{2,4,6}', 6, 'UNIT'),
  ('answer', '{1,2,4,5,6}', 7, 'UNIT'),
  ('hand_over', '{1,2,4,5,6}', NULL, 'UNIT'),
  ('withdraw', '{1,2,4,5,6}', 8, 'KEEPER')) m (step, from_states, to_state_or_same, actor),
  LATERAL (SELECT f AS from_state, coalesce(to_state_or_same, f) AS to_state
           FROM unnest(from_states) f) s;

CREATE FUNCTION mark_rules() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN UPDATE rules_mark SET mark = gen_random_uuid(); RETURN NULL; END';
CREATE TRIGGER category_marks AFTER INSERT OR UPDATE OR DELETE ON category
  FOR EACH STATEMENT EXECUTE FUNCTION mark_rules();
CREATE TRIGGER centre_marks AFTER INSERT OR UPDATE OR DELETE ON centre
  FOR EACH STATEMENT EXECUTE FUNCTION mark_rules();
CREATE TRIGGER office_hours_marks AFTER INSERT OR UPDATE OR DELETE ON office_hours
  FOR EACH STATEMENT EXECUTE FUNCTION mark_rules();
CREATE TRIGGER move_marks AFTER INSERT OR UPDATE OR DELETE ON move
  FOR EACH STATEMENT EXECUTE FUNCTION mark_rules();

CREATE TABLE ticket (
  id uuid PRIMARY KEY,
  state int NOT NULL,
  category_id text COLLATE "C" NOT NULL,  -- '' = not classified
  kind int NOT NULL,                      -- of the category, 0 without one
  restricted boolean NOT NULL,
  anonymous boolean NOT NULL,
  confidential boolean NOT NULL,
  keeper_unit_id text COLLATE "C" NOT NULL,
  concerned_unit_id text COLLATE "C" NOT NULL,
  channel int NOT NULL,
  opened_at timestamptz NOT NULL,
  commune_code text COLLATE "C" NOT NULL,
  commune_unit_id text COLLATE "C" NOT NULL, -- that had the code then: codes are reused
  address text NOT NULL,
  latitude double precision,
  longitude double precision,
  text text NOT NULL CHECK (text IS NFC NORMALIZED),
  question_codes text[] NOT NULL,
  question_values text[] NOT NULL,        -- of one answer, joined by U+001F
  attachments text[] NOT NULL,            -- four elements for each
  joined_attachments text[] NOT NULL DEFAULT '{}', -- likewise, of what is joined to it
  unit_ids text[] NOT NULL,               -- with an open or answered assignment, sorted
  escalated_unit_ids text[] NOT NULL,
  deadlines text[] NOT NULL,
  past_deadlines text[] NOT NULL DEFAULT '{}', -- that may come back, with what was told of them
  mark int NOT NULL,                      -- the furthest of its deadlines
  look_at timestamptz,                    -- when the next thing happens to one of them
  classified_at timestamptz,
  forwarded_at timestamptz,
  forwarded_in_time boolean,
  routed_at timestamptz,                  -- the last round
  responded_at timestamptz,
  responded_in_time boolean,
  keeper_since timestamptz,               -- since when it is the keeper's to answer
  answered_in_time boolean,               -- by the keeper
  answered_at timestamptz,
  approved_at timestamptz,
  published_at timestamptz,
  closed_at timestamptz,
  answer text NOT NULL,
  answer_attachments text[] NOT NULL,
  answer_article_id uuid,                 -- what the answer was taken from
  answer_article_version bigint NOT NULL, -- 0 = none
  answer_template_id uuid,
  answer_template_version bigint NOT NULL,
  public_text text NOT NULL,
  public_answer text NOT NULL,
  public_photos text[] NOT NULL,          -- SHA-256 of some of the attachments
  kept_private boolean NOT NULL,
  reason text NOT NULL,
  transfer_services text[] NOT NULL,
  transfer_times text[] NOT NULL,
  transfer_officials text[] NOT NULL,
  transfer_taken text[] NOT NULL,         -- 't', 'f' or '' = not known
  transfer_taken_times text[] NOT NULL,   -- '' = not
  joined_ticket_id uuid,
  own_classification text[] NOT NULL DEFAULT '{}', -- of a joined one: category, kind, restricted,
                                          -- concerned unit, keeper
  report_count int NOT NULL,
  satisfaction int NOT NULL,              -- 0 = not rated
  satisfaction_comment text NOT NULL,
  rated_1 int NOT NULL DEFAULT 0,         -- reports in it by their last rating, for the figures
  rated_2 int NOT NULL DEFAULT 0,
  rated_3 int NOT NULL DEFAULT 0,
  rated_4 int NOT NULL DEFAULT 0,
  reopen_count int NOT NULL,
  reopen_reason text NOT NULL,
  reopened_at timestamptz,                -- last
  has_had_others boolean NOT NULL DEFAULT false, -- reports that were joined, be it by mistake
  words tsvector NOT NULL,                -- of text and answer, folded; none of restricted ones
  public_words tsvector NOT NULL,         -- of what was published
  -- Everybody may know of it: not rejected, not joined, not answered to the citizen alone.
  is_public boolean GENERATED ALWAYS AS (NOT restricted AND NOT anonymous AND NOT confidential
    AND category_id <> '' AND state NOT IN (11, 13)
    AND NOT kept_private) STORED
);
CREATE INDEX ticket_by_keeper ON ticket (keeper_unit_id, opened_at, id);
CREATE INDEX ticket_open_by_keeper ON ticket (keeper_unit_id, opened_at)
  WHERE state NOT IN (10, 11);
CREATE INDEX ticket_by_state ON ticket (keeper_unit_id, state, category_id, opened_at, id);
CREATE INDEX ticket_by_commune ON ticket (keeper_unit_id, commune_unit_id, state, opened_at, id);
CREATE INDEX ticket_by_channel ON ticket (keeper_unit_id, channel, state, opened_at, id);
CREATE INDEX ticket_waiting ON ticket (keeper_unit_id, opened_at, id)
  WHERE state = 3 AND keeper_since IS NOT NULL;
CREATE INDEX ticket_by_mark ON ticket (keeper_unit_id, mark, opened_at, id) WHERE mark > 0;
CREATE INDEX ticket_by_unit ON ticket USING gin (unit_ids);
CREATE INDEX ticket_escalated ON ticket USING gin (escalated_unit_ids);
CREATE INDEX ticket_by_words ON ticket USING gin (words);
CREATE INDEX ticket_public ON ticket (opened_at, id) WHERE is_public;
CREATE INDEX ticket_public_commune ON ticket (commune_unit_id, opened_at, id) WHERE is_public;
CREATE INDEX ticket_public_category ON ticket (category_id, opened_at, id) WHERE is_public;
CREATE INDEX ticket_public_open ON ticket (opened_at, id)
  WHERE is_public AND approved_at IS NULL AND closed_at IS NULL;
CREATE INDEX ticket_published ON ticket (opened_at, id) WHERE is_public AND published_at IS NOT NULL;
CREATE INDEX ticket_by_public_words ON ticket USING gin (public_words)
  WHERE is_public AND published_at IS NOT NULL;
CREATE INDEX ticket_opened ON ticket (opened_at);
CREATE INDEX ticket_due ON ticket (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX ticket_late_transfer ON ticket (id) WHERE kind = 4 AND mark = 3
  AND state IN (1, 2, 3, 9);
CREATE INDEX ticket_near ON ticket (category_id, opened_at) WHERE state <= 4 OR state IN (9, 12);
CREATE INDEX ticket_joined ON ticket (joined_ticket_id) WHERE joined_ticket_id IS NOT NULL;
CREATE INDEX ticket_concerned ON ticket (concerned_unit_id, keeper_unit_id, category_id)
  WHERE concerned_unit_id <> '' AND state NOT IN (10, 11);
CREATE INDEX ticket_complaint ON ticket (concerned_unit_id) WHERE concerned_unit_id <> '';

CREATE TABLE assignment (
  id uuid PRIMARY KEY,
  ticket_id uuid NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  keeper_unit_id text COLLATE "C" NOT NULL,
  concerned_unit_id text COLLATE "C" NOT NULL,  -- of the ticket
  role int NOT NULL,
  state int NOT NULL,
  restricted boolean NOT NULL,            -- of the ticket
  category_id text COLLATE "C" NOT NULL,
  assigned_at timestamptz NOT NULL,
  assigned_by_official_id text NOT NULL,
  instruction text NOT NULL,
  official_id text COLLATE "C" NOT NULL,
  accepted_at timestamptz,
  ended_at timestamptz,
  due_at timestamptz,
  answered_in_time boolean,
  deadlines text[] NOT NULL,
  mark int NOT NULL,
  look_at timestamptz,
  reason text NOT NULL,
  waiting_since timestamptz,
  reply text NOT NULL,                    -- of the citizen
  pause_count int NOT NULL,
  extension_count int NOT NULL,
  answer text NOT NULL,
  answer_attachments text[] NOT NULL,
  escalated_unit_ids text[] NOT NULL,
  is_public boolean NOT NULL,             -- of the ticket, for the figures alone
  satisfaction int NOT NULL DEFAULT 0,    -- likewise, of the answer that it was a part of
  reopened boolean NOT NULL DEFAULT false, -- likewise: what is rated now is another answer
  past_deadlines text[] NOT NULL DEFAULT '{}', -- that may come back, with what was told of them
  extension text[] NOT NULL DEFAULT '{}', -- the deadline that was granted last, if any
  waits bigint[] NOT NULL DEFAULT '{}'    -- that are over: beginning and end, microseconds
);
CREATE INDEX assignment_of_ticket ON assignment (ticket_id, id);
CREATE INDEX assignment_by_unit ON assignment (unit_id, state, coalesce(due_at, 'infinity'), id);
CREATE INDEX assignment_by_official ON assignment (unit_id, official_id, state,
  coalesce(due_at, 'infinity'), id) WHERE official_id <> '';
CREATE INDEX assignment_kept ON assignment (keeper_unit_id, coalesce(due_at, 'infinity'), id)
  WHERE state IN (1, 2, 4, 5, 6);
-- Figures of a period are read from this index alone.
CREATE INDEX assignment_given ON assignment (assigned_at) INCLUDE (unit_id, keeper_unit_id, state,
  answered_in_time, due_at, is_public, satisfaction, concerned_unit_id);
CREATE INDEX assignment_due ON assignment (look_at) WHERE look_at IS NOT NULL;

-- A rating is one of the round that was answered: what units did before keeps the rating it had
-- when the ticket was reopened.
CREATE FUNCTION put_figures() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN UPDATE assignment SET is_public = NEW.is_public,
     reopened = reopened OR NEW.reopen_count > OLD.reopen_count,
     satisfaction = CASE WHEN reopened OR NEW.reopen_count > OLD.reopen_count
       OR assigned_at < NEW.routed_at THEN satisfaction ELSE NEW.satisfaction END
     WHERE ticket_id = NEW.id; RETURN NULL; END';
CREATE TRIGGER ticket_figures AFTER UPDATE ON ticket FOR EACH ROW
  WHEN (OLD.is_public <> NEW.is_public OR OLD.satisfaction <> NEW.satisfaction
    OR OLD.reopen_count <> NEW.reopen_count)
  EXECUTE FUNCTION put_figures();

-- An assignment once for each unit that it went up to, for lists of these. It stays with them.
CREATE TABLE escalated_assignment (
  escalated_unit_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  state int NOT NULL,
  category_id text COLLATE "C" NOT NULL,
  due_at timestamptz,
  mark int NOT NULL,
  PRIMARY KEY (id, escalated_unit_id)
);
CREATE INDEX escalated_assignment_by_unit ON escalated_assignment
  (escalated_unit_id, state, coalesce(due_at, 'infinity'), id);
CREATE FUNCTION put_escalated() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN INSERT INTO escalated_assignment
     SELECT u, NEW.id, NEW.unit_id, NEW.state, NEW.category_id, NEW.due_at, NEW.mark
     FROM unnest(NEW.escalated_unit_ids) AS u
     ON CONFLICT (id, escalated_unit_id) DO UPDATE SET unit_id = excluded.unit_id,
     state = excluded.state, category_id = excluded.category_id, due_at = excluded.due_at,
     mark = excluded.mark; RETURN NULL; END';
CREATE TRIGGER assignment_escalated AFTER INSERT OR UPDATE ON assignment FOR EACH ROW
  WHEN (NEW.escalated_unit_ids <> '{}') EXECUTE FUNCTION put_escalated();

CREATE TABLE report (
  id uuid PRIMARY KEY,
  ticket_id uuid NOT NULL,
  own_ticket_id uuid NOT NULL,
  channel int NOT NULL,
  received_at timestamptz NOT NULL,
  anonymous boolean NOT NULL,
  confidential boolean NOT NULL,
  unit_id text NOT NULL,
  official_id text NOT NULL,
  api_key_id text NOT NULL                -- '' = none
);
CREATE INDEX report_of_ticket ON report (ticket_id, id);
CREATE INDEX report_of_own_ticket ON report (own_ticket_id, id);

-- Who reported: personal data, in no journal and no feed; can be erased.
CREATE TABLE reporter (
  report_id uuid PRIMARY KEY,
  code text COLLATE "C" NOT NULL UNIQUE,  -- 12 letters of Crockford's base 32
  full_name text NOT NULL,
  phone text COLLATE "C" NOT NULL,        -- E.164, '' = none
  takes_sms boolean NOT NULL,             -- the phone: no fixed line
  email text COLLATE "C" NOT NULL,
  language text NOT NULL,                 -- of messages: see message_text
  text text NOT NULL,
  call_number text NOT NULL,
  call_started_at timestamptz,
  call_ended_at timestamptz,
  recordings text[] NOT NULL,
  satisfaction int NOT NULL DEFAULT 0,    -- with the answer that there is
  rating_count int NOT NULL DEFAULT 0
);

CREATE TABLE reporter_access (
  id uuid PRIMARY KEY,
  report_id uuid NOT NULL,
  read_at timestamptz NOT NULL,
  system text NOT NULL,
  unit_id text NOT NULL,
  official_id text NOT NULL,
  purpose text NOT NULL
);
CREATE INDEX reporter_access_of_report ON reporter_access (report_id, id);

-- The head is looked up for each row: a plan that was made while the tables were empty would go
-- through all heads of the type.
CREATE VIEW ticket_record AS
  SELECT t.id, t.state, t.category_id, t.kind, t.restricted, t.anonymous, t.confidential,
    t.keeper_unit_id, t.concerned_unit_id, t.channel, microseconds(t.opened_at) AS opened_at,
    t.commune_code, t.commune_unit_id, t.address, t.latitude, t.longitude, t.text, t.question_codes,
    t.question_values, t.attachments, t.joined_attachments, t.unit_ids, t.escalated_unit_ids, t.deadlines,
    t.past_deadlines, t.own_classification,
    microseconds(t.classified_at) AS classified_at, microseconds(t.forwarded_at) AS forwarded_at,
    t.forwarded_in_time, microseconds(t.routed_at) AS routed_at, t.kept_private,
    microseconds(t.responded_at) AS responded_at, t.responded_in_time,
    microseconds(t.keeper_since) AS keeper_since, t.answered_in_time,
    microseconds(t.answered_at) AS answered_at, microseconds(t.approved_at) AS approved_at,
    microseconds(t.published_at) AS published_at, microseconds(t.closed_at) AS closed_at,
    t.answer, t.answer_attachments, t.answer_article_id, t.answer_article_version,
    t.answer_template_id, t.answer_template_version, t.public_text, t.public_answer,
    t.public_photos, t.reason,
    t.transfer_services, t.transfer_times, t.transfer_officials, t.transfer_taken,
    t.transfer_taken_times, t.joined_ticket_id, t.report_count, t.satisfaction,
    t.satisfaction_comment, t.reopen_count, t.reopen_reason,
    microseconds(t.reopened_at) AS reopened_at, t.has_had_others, h.version
  FROM ticket t CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'ticket' AND record_id = t.id::text LIMIT 1) h;

CREATE VIEW assignment_record AS
  SELECT a.id, a.ticket_id, a.unit_id, a.keeper_unit_id, a.concerned_unit_id, a.role, a.state,
    a.restricted, a.category_id, microseconds(a.assigned_at) AS assigned_at,
    a.assigned_by_official_id, a.instruction, a.official_id,
    microseconds(a.accepted_at) AS accepted_at, microseconds(a.ended_at) AS ended_at,
    microseconds(a.due_at) AS due_at, a.answered_in_time, a.deadlines, a.reason,
    microseconds(a.waiting_since) AS waiting_since, a.reply, a.pause_count, a.extension_count,
    a.answer, a.answer_attachments, a.escalated_unit_ids, a.past_deadlines, a.extension, a.waits,
    h.version
  FROM assignment a CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'assignment' AND record_id = a.id::text LIMIT 1) h;

CREATE VIEW report_record AS
  SELECT r.id, r.ticket_id, r.own_ticket_id, r.channel, microseconds(r.received_at) AS received_at,
    r.anonymous, r.confidential, r.unit_id, r.official_id, r.api_key_id, h.version
  FROM report r CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'report' AND record_id = r.id::text LIMIT 1) h;
