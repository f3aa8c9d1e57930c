-- Tickets numbered from %(first)s to %(last)s, the newest first, 2,000 a day, as the service would
-- store them: a report, who reported, a sent message, the units' assignments, and heads of records
-- that were never published, so that no feed and no scrub sees them. Old ones are closed, but for
-- two in a hundred that nobody has answered; those of the last week are in every state.
WITH category_list AS (
  SELECT array_agg(id ORDER BY id) AS ids, array_agg(kind ORDER BY id) AS kinds,
    array_agg(default_unit_id ORDER BY id) AS units FROM category WHERE parent_id <> ''
), clock AS (
  SELECT n, %(now)s::timestamptz - n * interval '43.2 s' AS opened_at
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
), number AS (
  -- Ids rise with the time, as the service's do.
  SELECT n, opened_at, n / 2000.0 AS days, overlay(gen_random_uuid()::text PLACING
      format('%%s-%%s-7', left(hex, 8), right(hex, 4)) FROM 1 FOR 15)::uuid AS id,
    overlay(gen_random_uuid()::text PLACING format('%%s-%%s-7', left(hex, 8), right(hex, 4))
      FROM 1 FOR 15)::uuid AS report_id, hex,
    (hashint8extended(n, 1) & 2147483647) %% 100 AS chance,
    (hashint8extended(n, 2) & 2147483647) %% 100 AS other,
    1 + (hashint8extended(n, 3) & 2147483647) %% array_length(ids, 1) AS c,
    1 + (hashint8extended(n, 4) & 2147483647) %% array_length(%(communes)s::text[], 1) AS p,
    (hashint8extended(n, 5) & 2147483647) AS w, ids, kinds, units
  FROM clock, category_list,
    LATERAL (SELECT lpad(to_hex(microseconds(opened_at) / 1000), 12, '0') AS hex) h
), staged AS (
  -- 1 new, 2 classified, 3 routed, 4 answered, 5 approved, 6 published, 7 private, 8 rated,
  -- 9 reopened, 10 closed, 11 rejected, 12 transferred, 13 joined.
  SELECT *, CASE
    WHEN days < 1 THEN CASE WHEN chance < 10 THEN 1 WHEN chance < 20 THEN 2 WHEN chance < 70 THEN 3
      WHEN chance < 85 THEN 4 WHEN chance < 90 THEN 5 WHEN chance < 97 THEN 6 ELSE 12 END
    WHEN days < 7 THEN CASE WHEN chance < 30 THEN 3 WHEN chance < 34 THEN 9 WHEN chance < 38 THEN 4
      WHEN chance < 70 THEN 6 WHEN chance < 80 THEN 8 WHEN chance < 88 THEN 7 WHEN chance < 94 THEN 11
      WHEN chance < 97 THEN 13 ELSE 12 END
    ELSE CASE WHEN chance < 1 THEN 3 WHEN chance < 2 THEN 9 WHEN chance < 94 THEN 10
      WHEN chance < 98 THEN 11 ELSE 13 END END AS state,
    -- Of those at two units: both have answered, and the keeper has not.
    other >= 90 AND w %% 3 = 0 AS answered_by_units,
    kinds[c] = 2 AS restricted, other < 5 AS anonymous, other = 5 AS confidential,
    other BETWEEN 6 AND 15 AS kept_private
  FROM number
), placed AS (
  SELECT *, state IN (6, 8) OR (state = 10 AND NOT kept_private AND NOT restricted AND NOT anonymous)
      AS published, state IN (1, 2, 3, 4, 9) AS open,
    state = 3 AND answered_by_units AS waits_for_keeper,
    state = 9 OR (state = 3 AND NOT answered_by_units) AS at_units,
    CASE WHEN state NOT IN (3, 4, 5, 6, 7, 8, 9, 10) THEN '{}'::text[]
      WHEN other >= 90 THEN ARRAY[least(units[c], (%(units)s::text[])[p]),
        greatest(units[c], (%(units)s::text[])[p])]
      WHEN other >= 45 THEN ARRAY[units[c]] ELSE ARRAY[(%(units)s::text[])[p]] END AS unit_ids,
    CASE WHEN state IN (8, 10) AND w %% 3 = 0 THEN 1 + w / 3 %% 4 ELSE 0 END AS satisfaction,
    (%(texts)s::text[])[1 + w %% array_length(%(texts)s::text[], 1)] || ' ('|| n || ')' AS text,
    format('Số %%s đường %%s', n %% 300 + 1,
      (%(streets)s::text[])[1 + w / 7 %% array_length(%(streets)s::text[], 1)]) AS address
  FROM staged
), ticket_heads AS (
  INSERT INTO head SELECT 'ticket', id::text, 1, 0, '{}', '{}', 0, 0, 0 FROM placed
), report_heads AS (
  INSERT INTO head SELECT 'report', report_id::text, 1, 0, '{}', '{}', 0, 0, 0 FROM placed
), reports AS (
  INSERT INTO report SELECT report_id, id, id, 1 + n %% 9, opened_at, anonymous, confidential,
    %(centre)s, 'o', '' FROM placed
), reporters AS (
  INSERT INTO reporter SELECT report_id, lpad(upper(to_hex(n)), 12, '0'), 'Nguyễn Văn An',
    '+849' || lpad(n::text, 8, '0'), true, '', 'vi', text, '', NULL, NULL, '{}', satisfaction,
    (satisfaction > 0)::int FROM placed
), messages AS (
  -- One of 500 was given up, another one is doubtful, and neither is tried again.
  INSERT INTO message (report_id, ticket_id, kind, language, medium, address, code, state, created_at,
    sent_at)
  SELECT report_id, id, 1, 'vi', 1, '', '', CASE n %% 500 WHEN 0 THEN 4 WHEN 1 THEN 6 ELSE 2 END,
    opened_at, CASE WHEN n %% 500 > 1 THEN opened_at END FROM placed
), given AS (
  SELECT overlay(gen_random_uuid()::text PLACING format('%%s-%%s-7', left(hex, 8), right(hex, 4))
      FROM 1 FOR 15)::uuid AS assignment_id, unit_id, p.*
  FROM placed p, unnest(unit_ids) AS unit_id
), assignment_heads AS (
  INSERT INTO head SELECT 'assignment', assignment_id::text, 1, 0, '{}', '{}', 0, 0, 0 FROM given
), assignments AS (
  INSERT INTO assignment (id, ticket_id, unit_id, keeper_unit_id, concerned_unit_id, role, state,
    restricted, category_id, assigned_at, assigned_by_official_id, instruction, official_id,
    accepted_at, ended_at, due_at, answered_in_time, deadlines, mark, look_at, reason,
    waiting_since, reply, pause_count, extension_count, answer, answer_attachments,
    escalated_unit_ids, is_public, satisfaction)
  SELECT assignment_id, id, unit_id, %(centre)s, '', 1,
    CASE WHEN at_units THEN (ARRAY[1, 2, 4, 5, 6])[1 + w %% 5] ELSE 7 END, restricted, ids[c],
    opened_at + interval '3 min', 'o', '',
    CASE WHEN at_units AND w %% 5 = 0 THEN '' ELSE (%(officials)s::text[])[1 + w / 5 %% 3] END,
    opened_at + interval '2 h', CASE WHEN NOT at_units THEN opened_at + interval '20 h' END,
    opened_at + interval '5 days', CASE WHEN NOT at_units THEN chance %% 10 > 0 END, '{}',
    CASE WHEN NOT at_units THEN 0 WHEN days > 9 THEN 4 WHEN days > 5 THEN 3
      WHEN days > 4 THEN 2 ELSE 1 END, NULL, '', NULL, '', 0, 0,
    CASE WHEN at_units THEN '' ELSE 'Đã xử lý xong.' END, '{}',
    CASE WHEN at_units AND days > 9 THEN ARRAY[%(office)s::text] ELSE '{}' END,
    NOT (restricted OR anonymous OR confidential OR kept_private), satisfaction FROM given
)
INSERT INTO ticket (id, state, category_id, kind, restricted, anonymous, confidential,
  keeper_unit_id, concerned_unit_id, channel, opened_at, commune_code, commune_unit_id, address,
  latitude, longitude, text, question_codes, question_values, attachments, unit_ids, escalated_unit_ids, deadlines, mark,
  classified_at, forwarded_at, forwarded_in_time, routed_at, responded_at, responded_in_time,
  keeper_since, answered_at, approved_at, published_at, closed_at, answer, answer_attachments,
  answer_article_version, answer_template_version, public_text, public_answer, public_photos,
  kept_private, reason, transfer_services, transfer_times, transfer_officials, transfer_taken,
  transfer_taken_times, report_count, satisfaction, satisfaction_comment, rated_1, rated_2, rated_3,
  rated_4, reopen_count, reopen_reason, words, public_words)
SELECT id, state, CASE WHEN state = 1 THEN '' ELSE ids[c] END, CASE WHEN state = 1 THEN 0
    ELSE kinds[c] END, restricted AND state <> 1, anonymous, confidential, %(centre)s, '',
  1 + n %% 9, opened_at, (%(communes)s::text[])[p], (%(units)s::text[])[p], address,
  CASE WHEN other < 60 THEN 11 + (w %% 3000) / 10000.0 END,
  CASE WHEN other < 60 THEN 106.5 + (w / 3000 %% 3000) / 10000.0 END, text, '{}', '{}', '{}',
  unit_ids, CASE WHEN at_units AND days > 9 THEN ARRAY[%(office)s::text] ELSE '{}' END, '{}',
  CASE WHEN NOT open THEN 0 WHEN days > 9 THEN 4 WHEN days > 5 THEN 3 WHEN days > 4 THEN 2 ELSE 1 END,
  CASE WHEN state > 1 THEN opened_at + interval '1 min' END,
  CASE WHEN unit_ids <> '{}' THEN opened_at + interval '3 min' END,
  CASE WHEN unit_ids <> '{}' THEN chance %% 20 > 0 END,
  CASE WHEN unit_ids <> '{}' THEN opened_at + interval '3 min' END,
  CASE WHEN unit_ids <> '{}' AND days > 1 THEN opened_at + interval '2 h' END,
  CASE WHEN unit_ids <> '{}' AND days > 1 THEN chance %% 10 > 0 END,
  CASE WHEN waits_for_keeper THEN opened_at + interval '20 h' END,
  CASE WHEN state IN (4, 5, 6, 7, 8, 10) THEN opened_at + interval '20 h' END,
  CASE WHEN state IN (5, 6, 7, 8, 10) THEN opened_at + interval '22 h' END,
  CASE WHEN published THEN opened_at + interval '23 h' END,
  CASE WHEN state = 10 THEN opened_at + interval '8 days' END,
  CASE WHEN state IN (4, 5, 6, 7, 8, 10) THEN 'Đã xử lý xong.' ELSE '' END, '{}', 0, 0,
  CASE WHEN published THEN text ELSE '' END,
  CASE WHEN published THEN 'Đã xử lý xong.' ELSE '' END, '{}', kept_private, '', '{}', '{}', '{}',
  '{}', '{}', 1, satisfaction, '', (satisfaction = 1)::int, (satisfaction = 2)::int,
  (satisfaction = 3)::int, (satisfaction = 4)::int,
  CASE WHEN state = 9 OR w %% 25 = 0 THEN 1 ELSE 0 END, '',
  CASE WHEN restricted OR state = 1 THEN '' ELSE to_tsvector('simple', translate(lower(unaccent(
    text || ' ' || address || CASE WHEN state IN (4, 5, 6, 7, 8, 10) THEN ' da xu ly xong'
    ELSE '' END)), '().,', '    ')) END,
  CASE WHEN published THEN to_tsvector('simple', translate(lower(unaccent(text || ' da xu ly xong')),
    '().,', '    ')) ELSE '' END
FROM placed
