-- One letter entered and assigned, as the document service's database sees it: the reference of
-- enter_assign_*, run by pgbench -M prepared. A transaction for each of the two calls; what a call
-- only reads before its own transaction stands in it here. The statements are those of services/
-- (pgbench.py refuses to measure when they differ); parameters that are the same in every call come
-- from arrivals_reference.py, which has numbered the letters too. Clients take them in turn, and so
-- the units, as those of the service do.
\set time :time + 1
\set n :n + 1
\set delivery :first + :n * :clients + :client_id
\set document :first + (:delivery - :first) / :units
\set unit :delivery % :units + 1
\set event random(100000000000000, 999999999999999)
\set request random(1000000000000000, 9999999999999999)
\set bucket random(0, 255)
BEGIN;
SELECT caller, request_id, fingerprint, journal_id, rows FROM request WHERE caller = :e_caller AND
  request_id = (:time || '-' || :request);
INSERT INTO head SELECT t.type, t.id, 0, t.bucket, '{}', '{}', 0, 0, 0 FROM
  unnest('{book}'::text[], ('{' || (:books::text[])[:unit] || '}')::text[], ('{' || :bucket ||
  '}')::smallint[]) AS t(type, id, bucket) ORDER BY t.type, t.id ON CONFLICT DO NOTHING;
SELECT h.record_type, h.record_id, h.version, h.audience, h.hashes, h.state_row FROM head h JOIN
  unnest('{book,delivery}'::text[], ('{' || (:books::text[])[:unit] || ',' || :prefix || :delivery
  || '}')::text[]) AS t(type, id) ON h.record_type = t.type AND h.record_id = t.id ORDER BY
  h.record_type, h.record_id FOR UPDATE OF h;
SELECT number, EXISTS (SELECT FROM feed_owner WHERE topic = 'lienthong.feed.all' AND owner =
  'directory' AND matched_time IS NOT NULL) FROM sharing_change;
SELECT * FROM delivery_record WHERE id = ANY(('{' || :prefix || :delivery || '}')::uuid[]);
SELECT * FROM book_record WHERE id = ANY(('{' || (:books::text[])[:unit] ||
  '}')::text[]) \gset book_
\set next :book_last_number + 1
\set count :book_document_count + 1
\set version :book_version + 1
SELECT kind, urgent, amount, unit, soon_percent, valid_from, valid_to, NULL::int AS starts,
  NULL::int AS ends FROM deadline_rule UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, valid_from,
  valid_to, (extract(epoch FROM starts) / 60)::int, (extract(epoch FROM ends) / 60)::int FROM
  office_hours WHERE valid_to IS NULL OR :day <= valid_to ORDER BY starts;
INSERT INTO book_number SELECT b, n, l, s, r, i, o FROM unnest(('{' || :book_id || '}')::text[],
  ('{' || :next || '}')::bigint[], '{""}'::text[], '{DOCUMENT}'::text[], '{""}'::text[], ('{' ||
  :prefix || :delivery || '}')::text[], ('{' || :e_official || '}')::text[]) AS t (b, n, l, s, r,
  i, o);
INSERT INTO book VALUES (:book_id, :book_unit_id, :book_year, :book_series, :book_direction,
  :book_title, :next, :count, :book_reserved_count, :book_void_count) ON CONFLICT (id) DO UPDATE
  SET title = excluded.title, last_number = excluded.last_number, document_count =
  excluded.document_count, reserved_count = excluded.reserved_count, void_count =
  excluded.void_count;
INSERT INTO incoming VALUES ((:prefix || :delivery)::uuid, (:prefix || :document)::uuid,
  :book_unit_id, :book_id, :next, :next, :day, :e_official, false);
UPDATE delivery SET state = 'ENTERED', arrival_code = nullif(:next, ''), arrival_date =
  nullif(:day, '')::date, answering_document_id = nullif('', '')::uuid, answering_code =
  nullif('', ''), change_kind = nullif(0, 0), change_answer = nullif(0, 0), change_reason = '',
  change_requested_at = nullif('', '')::timestamptz, change_answered_at = nullif('',
  '')::timestamptz, replaced_by_id = nullif('', '')::uuid, deadline = nullif('', '')::timestamptz,
  step_codes = :e_step_codes, step_times = :e_step_times, step_reasons = :e_step_reasons,
  step_officials = :e_step_officials, due_kind = nullif(:due_kind, 0), due_at = nullif(:due_at,
  '')::timestamptz, due_soon_at = nullif(:due_soon_at, '')::timestamptz, due_mark =
  nullif(:due_mark, 0), due_look_at = nullif(:due_look_at, '')::timestamptz, holder_unit_id =
  :book_unit_id, sender_unit_id = :sender_unit_id WHERE id = (:prefix || :delivery)::uuid;
WITH calls AS (SELECT * FROM unnest(:e_systems::text[], :e_units::text[], :e_officials::text[],
  :e_callers::text[], ('{' || :time || '-' || :request || '}')::text[], :e_traceparents::text[],
  :e_fingerprints::bytea[], :e_effective_ats::timestamptz[], :row_counts::bigint[]) WITH
  ORDINALITY AS c(system, unit, official, caller, request_id, traceparent, fingerprint,
  effective_at, row_count, call)), input AS (SELECT * FROM unnest(:e_types::text[], ('{' ||
  :prefix || :delivery || ',' || :prefix || :delivery || ',' || :book_id || '}')::text[], ('{2,1,'
  || :version || '}')::bigint[], :e_events::text[], ('{' || :time || '-' || :event || '1' || ','
  || :time || '-' || :event || '2' || ',' || :time || '-' || :event || '3' || '}')::uuid[],
  :e_views::text[], :e_states::text[], :e_salts::bytea[], :e_digests::text[], :e_hashes::text[],
  :e_audiences::text[], :e_hashes_before::text[], :e_audiences_before::text[], ('{' || :bucket ||
  ',' || :bucket || ',' || :bucket || '}')::smallint[], :e_sharing_marks::bigint[],
  :state_rows::bigint[], :call_numbers::bigint[], :ordinals::int[]) WITH ORDINALITY AS t(type, id,
  version, event, event_id, views, states, salt, digests, hashes, audience, hashes_before,
  audience_before, bucket, sharing, state_row, call, ordinal, position)), rows AS (INSERT INTO
  journal (ordinal, record_type, record_id, version, event, event_id, recorded_at, effective_at,
  system, unit, official, caller, request_id, traceparent, epoch, state_row, views, states, salt,
  state_digests, hashes, audience, hashes_before, audience_before) SELECT i.ordinal, i.type, i.id,
  i.version, i.event, i.event_id, :e_recorded_at::timestamptz, c.effective_at, c.system, c.unit,
  c.official, c.caller, c.request_id, c.traceparent, (SELECT epoch FROM relay_state),
  nullif(i.state_row, 0), i.views::text[], CASE WHEN i.state_row = 0 THEN i.states::text[] END,
  CASE WHEN i.state_row = 0 THEN i.salt END, i.digests::bytea[], i.hashes, i.audience,
  i.hashes_before, i.audience_before FROM input i JOIN calls c USING (call) ORDER BY i.position
  RETURNING id, event_id), heads AS (INSERT INTO head SELECT i.type, i.id, i.version, i.bucket,
  i.hashes, i.audience, r.id, coalesce(nullif(i.state_row, 0), r.id), i.sharing FROM input i JOIN
  rows r USING (event_id) ON CONFLICT (record_type, record_id) DO UPDATE SET version =
  excluded.version, hashes = excluded.hashes, audience = excluded.audience, journal_id =
  excluded.journal_id, state_row = excluded.state_row, sharing_mark = excluded.sharing_mark WHERE
  head.version = excluded.version - CASE WHEN excluded.state_row = excluded.journal_id THEN 1 ELSE
  0 END RETURNING 1), asked AS (INSERT INTO request SELECT c.caller, c.request_id, c.fingerprint,
  coalesce(r.id, 0), c.row_count, :e_recorded_at::timestamptz FROM calls c LEFT JOIN input i ON
  i.call = c.call AND i.ordinal = 0 LEFT JOIN rows r USING (event_id) WHERE c.request_id <> '')
  SELECT 1 / (count(*) = (SELECT count(*) FROM input))::int FROM heads;
COMMIT;
\set event random(100000000000000, 999999999999999)
\set request random(1000000000000000, 9999999999999999)
\set task random(1000000000000000, 9999999999999999)
\set bucket random(0, 255)
BEGIN;
SELECT number, EXISTS (SELECT FROM feed_owner WHERE topic = 'lienthong.feed.all' AND owner =
  'directory' AND matched_time IS NOT NULL) FROM sharing_change;
SELECT * FROM delivery_record WHERE id = ANY(('{' || :prefix || :delivery || '}')::uuid[]);
SELECT caller, request_id, fingerprint, journal_id, rows FROM request WHERE caller = :a_caller AND
  request_id = (:time || '-' || :request);
SELECT h.record_type, h.record_id, h.version, h.audience, h.hashes, h.state_row FROM head h JOIN
  unnest('{delivery,incoming}'::text[], ('{' || :prefix || :delivery || ',' || :prefix ||
  :delivery || '}')::text[]) AS t(type, id) ON h.record_type = t.type AND h.record_id = t.id ORDER
  BY h.record_type, h.record_id FOR UPDATE OF h;
SELECT number, EXISTS (SELECT FROM feed_owner WHERE topic = 'lienthong.feed.all' AND owner =
  'directory' AND matched_time IS NOT NULL) FROM sharing_change;
SELECT * FROM delivery_record WHERE id = ANY(('{' || :prefix || :delivery || '}')::uuid[]);
SELECT * FROM task_record WHERE delivery_id = (:prefix || :delivery)::uuid ORDER BY id;
UPDATE delivery SET state = 'ASSIGNED', arrival_code = nullif(:next, ''), arrival_date =
  nullif(:day, '')::date, answering_document_id = nullif('', '')::uuid, answering_code =
  nullif('', ''), change_kind = nullif(0, 0), change_answer = nullif(0, 0), change_reason = '',
  change_requested_at = nullif('', '')::timestamptz, change_answered_at = nullif('',
  '')::timestamptz, replaced_by_id = nullif('', '')::uuid, deadline = nullif(:a_deadline,
  '')::timestamptz, step_codes = :a_step_codes, step_times = :a_step_times, step_reasons =
  :a_step_reasons, step_officials = :a_step_officials, due_kind = nullif(:due_kind, 0), due_at =
  nullif(:due_at, '')::timestamptz, due_soon_at = nullif(:due_soon_at, '')::timestamptz, due_mark
  = nullif(:due_mark, 0), due_look_at = nullif(:due_look_at, '')::timestamptz, holder_unit_id =
  :book_unit_id, sender_unit_id = :sender_unit_id WHERE id = (:prefix || :delivery)::uuid;
INSERT INTO task (id, delivery_id, document_id, restricted, unit_id, assigned_by_official_id,
  assignee_unit_id, assignee_official_id, role, state, deadline, assigned_at, instruction,
  due_kind, due_at, due_soon_at, due_mark, due_look_at, report_officials, report_times,
  report_texts) SELECT i, y, d, r, u, b, a, o, k, 'ASSIGNED', nullif(l, '')::timestamptz, t, n,
  nullif(q, 0), nullif(e, '')::timestamptz, nullif(s, '')::timestamptz, CASE WHEN q > 0 THEN 1
  END, nullif(s, '')::timestamptz, '{}', '{}', '{}' FROM unnest(('{' || :time || '-' || :task ||
  '}')::uuid[], ('{' || :prefix || :delivery || '}')::uuid[], ('{' || :prefix || :document ||
  '}')::uuid[], '{f}'::boolean[], ('{' || :book_unit_id || '}')::text[], ('{' || :a_official ||
  '}')::text[], ('{' || :book_unit_id || '}')::text[], :workers::text[], '{1}'::bigint[],
  :deadlines::text[], :a_effective_ats::timestamptz[], :instructions::text[],
  :task_due_kinds::bigint[], :deadlines::text[], :task_due_soon_ats::text[]) AS v (i, y, d, r, u,
  b, a, o, k, l, t, n, q, e, s);
SELECT * FROM incoming_record WHERE id = ANY(('{' || :prefix || :delivery || '}')::uuid[]);
UPDATE incoming SET unit_id = :book_unit_id, opinion = nullif(:opinion, ''), opinion_official_id =
  nullif(:a_official, ''), opinion_at = nullif(:opinion_at, '')::timestamptz WHERE id = (:prefix
  || :delivery)::uuid;
WITH calls AS (SELECT * FROM unnest(:a_systems::text[], :a_units::text[], :a_officials::text[],
  :a_callers::text[], ('{' || :time || '-' || :request || '}')::text[], :a_traceparents::text[],
  :a_fingerprints::bytea[], :a_effective_ats::timestamptz[], :row_counts::bigint[]) WITH
  ORDINALITY AS c(system, unit, official, caller, request_id, traceparent, fingerprint,
  effective_at, row_count, call)), input AS (SELECT * FROM unnest(:a_types::text[], ('{' ||
  :prefix || :delivery || ',' || :prefix || :delivery || ',' || :time || '-' || :task ||
  '}')::text[], '{3,2,1}'::bigint[], :a_events::text[], ('{' || :time || '-' || :event || '1' ||
  ',' || :time || '-' || :event || '2' || ',' || :time || '-' || :event || '3' || '}')::uuid[],
  :a_views::text[], :a_states::text[], :a_salts::bytea[], :a_digests::text[], :a_hashes::text[],
  :a_audiences::text[], :a_hashes_before::text[], :a_audiences_before::text[], ('{' || :bucket ||
  ',' || :bucket || ',' || :bucket || '}')::smallint[], :a_sharing_marks::bigint[],
  :state_rows::bigint[], :call_numbers::bigint[], :ordinals::int[]) WITH ORDINALITY AS t(type, id,
  version, event, event_id, views, states, salt, digests, hashes, audience, hashes_before,
  audience_before, bucket, sharing, state_row, call, ordinal, position)), rows AS (INSERT INTO
  journal (ordinal, record_type, record_id, version, event, event_id, recorded_at, effective_at,
  system, unit, official, caller, request_id, traceparent, epoch, state_row, views, states, salt,
  state_digests, hashes, audience, hashes_before, audience_before) SELECT i.ordinal, i.type, i.id,
  i.version, i.event, i.event_id, :a_recorded_at::timestamptz, c.effective_at, c.system, c.unit,
  c.official, c.caller, c.request_id, c.traceparent, (SELECT epoch FROM relay_state),
  nullif(i.state_row, 0), i.views::text[], CASE WHEN i.state_row = 0 THEN i.states::text[] END,
  CASE WHEN i.state_row = 0 THEN i.salt END, i.digests::bytea[], i.hashes, i.audience,
  i.hashes_before, i.audience_before FROM input i JOIN calls c USING (call) ORDER BY i.position
  RETURNING id, event_id), heads AS (INSERT INTO head SELECT i.type, i.id, i.version, i.bucket,
  i.hashes, i.audience, r.id, coalesce(nullif(i.state_row, 0), r.id), i.sharing FROM input i JOIN
  rows r USING (event_id) ON CONFLICT (record_type, record_id) DO UPDATE SET version =
  excluded.version, hashes = excluded.hashes, audience = excluded.audience, journal_id =
  excluded.journal_id, state_row = excluded.state_row, sharing_mark = excluded.sharing_mark WHERE
  head.version = excluded.version - CASE WHEN excluded.state_row = excluded.journal_id THEN 1 ELSE
  0 END RETURNING 1), asked AS (INSERT INTO request SELECT c.caller, c.request_id, c.fingerprint,
  coalesce(r.id, 0), c.row_count, :a_recorded_at::timestamptz FROM calls c LEFT JOIN input i ON
  i.call = c.call AND i.ordinal = 0 LEFT JOIN rows r USING (event_id) WHERE c.request_id <> '')
  SELECT 1 / (count(*) = (SELECT count(*) FROM input))::int FROM heads;
COMMIT;
