-- One RegisterCitizen as the registry's database sees it: the reference of tools/bench, run by
-- pgbench -M prepared. The statements are those of services/ (reference.py refuses to measure when
-- they differ); parameters that are the same in every call come from reference.py. Identifiers
-- rise with time, as the service's do; pgbench only has numbers, so they are put together here.
\set time :time + 1
\set id random(1000000000000000, 9999999999999999)
\set event random(1000000000000000, 9999999999999999)
\set request random(1000000000000000, 9999999999999999)
\set name random(1, 6)
\set day random(1, 9)
\set bucket random(0, 255)
BEGIN;
SELECT caller, request_id, fingerprint, journal_id, rows FROM request WHERE caller = :caller
  AND request_id = (:time
  || '-' || :request);
SELECT number, EXISTS (SELECT FROM feed_owner WHERE topic = 'lienthong.feed.all' AND owner =
  'directory' AND matched_time IS NOT NULL) FROM sharing_change;
WITH persons AS ( INSERT INTO citizen (id, full_name, birth_date, sex, identity_number,
  old_identity_numbers, address_text, commune_code, commune_date, state, identity_warnings,
  mother_id, father_id) SELECT id, full_name, birth_date, sex, nullif(identity_number, ''),
  old_numbers::text[], address_text, commune_code, commune_date, 'LIVING', warnings::text[],
  nullif(mother_id, '')::uuid, nullif(father_id, '')::uuid FROM unnest(('{' || :time || '-' || :id
  || '}')::uuid[], :full_names::text[], ('{2019-07-0' || :day || '}')::date[], :sexes::text[],
  :numbers::text[], :old_numbers::text[], :texts::text[], :communes::text[],
  :commune_dates::date[], :warnings::text[], :parents::text[], :parents::text[]) AS t(id,
  full_name, birth_date, sex, identity_number, old_numbers, address_text, commune_code,
  commune_date, warnings, mother_id, father_id)) INSERT INTO citizen_name (citizen_id, suffix,
  commune_code) SELECT * FROM unnest(replace('{i,i,i,i,i,i}', 'i', :time || '-' || :id)::uuid[],
  (:keys::text[])[:name]::text[],
  :key_communes::text[]);
WITH calls AS ( SELECT * FROM unnest(:systems::text[], :units::text[], :officials::text[],
  :callers::text[], ('{' || :time || '-' || :request || '}')::text[], :traceparents::text[],
  :fingerprints::bytea[], :effective_ats::timestamptz[], :row_counts::bigint[]) WITH ORDINALITY AS
  c(system, unit, official, caller, request_id, traceparent, fingerprint, effective_at, row_count,
  call)), input AS ( SELECT * FROM unnest(:types::text[], ('{' || :time || '-' || :id ||
  '}')::text[], :versions::bigint[], :events::text[], ('{' || :time || '-' || :event ||
  '}')::uuid[], :views::text[], :states::text[], :salts::bytea[], :digests::text[],
  :hashes::text[], :audiences::text[], :nothings::text[], :nothings::text[], ('{' || :bucket ||
  '}')::smallint[], :sharing_marks::bigint[], :state_rows::bigint[], :call_numbers::bigint[],
  :ordinals::int[]) WITH ORDINALITY AS t(type, id, version, event, event_id, views, states, salt,
  digests, hashes, audience, hashes_before, audience_before, bucket, sharing, state_row, call,
  ordinal, position)), rows AS ( INSERT INTO journal (ordinal, record_type, record_id, version,
  event, event_id, recorded_at, effective_at, system, unit, official, caller, request_id,
  traceparent, epoch, state_row, views, states, salt, state_digests, hashes, audience,
  hashes_before, audience_before) SELECT i.ordinal, i.type, i.id, i.version, i.event, i.event_id,
  :recorded_at::timestamptz, c.effective_at, c.system, c.unit, c.official, c.caller, c.request_id,
  c.traceparent, (SELECT epoch FROM relay_state), nullif(i.state_row, 0), i.views::text[], CASE
  WHEN i.state_row = 0 THEN i.states::text[] END, CASE WHEN i.state_row = 0 THEN i.salt END,
  i.digests::bytea[], i.hashes, i.audience, i.hashes_before, i.audience_before FROM input i JOIN
  calls c USING (call) ORDER BY i.position RETURNING id, event_id), heads AS ( INSERT INTO head
  SELECT i.type, i.id, i.version, i.bucket, i.hashes, i.audience, r.id,
  coalesce(nullif(i.state_row, 0), r.id), i.sharing FROM input i JOIN rows r USING (event_id) ON
  CONFLICT (record_type, record_id) DO UPDATE SET version = excluded.version, hashes =
  excluded.hashes, audience = excluded.audience, journal_id = excluded.journal_id, state_row =
  excluded.state_row, sharing_mark = excluded.sharing_mark WHERE head.version = excluded.version -
  CASE WHEN excluded.state_row = excluded.journal_id THEN 1 ELSE 0 END RETURNING 1), asked AS (
  INSERT INTO request SELECT c.caller, c.request_id, c.fingerprint, coalesce(r.id, 0),
  c.row_count, :recorded_at::timestamptz FROM calls c LEFT JOIN input i ON i.call = c.call AND
  i.ordinal = 0 LEFT JOIN rows r USING (event_id) WHERE c.request_id <> '') SELECT 1 / (count(*) =
  (SELECT count(*) FROM input))::int FROM heads;
COMMIT;
