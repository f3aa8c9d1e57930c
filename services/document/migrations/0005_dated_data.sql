-- Types of documents; who has to sign; office hours as dated data; records read by their id.

-- Tên loại văn bản. Copies (bản sao) are types of their own.
CREATE TABLE document_type (
  name text NOT NULL CHECK (name IS NFC NORMALIZED),
  abbreviation text NOT NULL,             -- empty for công văn and thư công
  normative boolean NOT NULL,             -- văn bản quy phạm pháp luật of the province's bodies
  is_copy boolean NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  legal_basis text NOT NULL,
  certain boolean NOT NULL,               -- false = to be verified before production
  PRIMARY KEY (name, normative, valid_from)
);
-- NĐ 30/2020/NĐ-CP, art. 7 and App. III; before 05/03/2020 TT 01/2011/TT-BNV, whose list was taken to
-- be the same.
INSERT INTO document_type
SELECT name, abbreviation, false, is_copy, valid_from::date, valid_to::date, legal_basis, certain
FROM (VALUES
  ('Nghị quyết', 'NQ', false), ('Quyết định', 'QĐ', false), ('Chỉ thị', 'CT', false),
  ('Quy chế', 'QC', false), ('Quy định', 'QyĐ', false), ('Thông cáo', 'TC', false),
  ('Thông báo', 'TB', false), ('Hướng dẫn', 'HD', false), ('Chương trình', 'CTr', false),
  ('Kế hoạch', 'KH', false), ('Phương án', 'PA', false), ('Đề án', 'ĐA', false),
  ('Dự án', 'DA', false), ('Báo cáo', 'BC', false), ('Biên bản', 'BB', false),
  ('Tờ trình', 'TTr', false), ('Hợp đồng', 'HĐ', false), ('Công văn', '', false),
  ('Công điện', 'CĐ', false), ('Bản ghi nhớ', 'BGN', false), ('Bản thỏa thuận', 'BTT', false),
  ('Giấy ủy quyền', 'GUQ', false), ('Giấy mời', 'GM', false), ('Giấy giới thiệu', 'GGT', false),
  ('Giấy nghỉ phép', 'GNP', false), ('Phiếu gửi', 'PG', false), ('Phiếu chuyển', 'PC', false),
  ('Phiếu báo', 'PB', false), ('Thư công', '', false), ('Sao y', 'SY', true),
  ('Trích sao', 'TrS', true), ('Sao lục', 'SL', true)
) AS type (name, abbreviation, is_copy), (VALUES
  ('2011-03-06', '2020-03-04', 'TT 01/2011/TT-BNV', false),
  ('2020-03-05', NULL, 'NĐ 30/2020/NĐ-CP, App. III', true)
) AS law (valid_from, valid_to, legal_basis, certain);
INSERT INTO document_type VALUES
  ('Nghị quyết', 'NQ', true, false, '2005-04-01', '2016-06-30', 'Luật 31/2004/QH11', false),
  ('Quyết định', 'QĐ', true, false, '2005-04-01', '2016-06-30', 'Luật 31/2004/QH11', false),
  ('Chỉ thị', 'CT', true, false, '2005-04-01', '2016-06-30', 'Luật 31/2004/QH11', false),
  ('Nghị quyết', 'NQ', true, false, '2016-07-01', NULL, 'Luật 80/2015/QH13, art. 4', false),
  ('Quyết định', 'QĐ', true, false, '2016-07-01', NULL, 'Luật 80/2015/QH13, art. 4', false);

-- Drafts that wait for an official's sign-off.
CREATE INDEX draft_submitted ON draft (submitted_to_official_id, id) WHERE state = 'SUBMITTED';

-- Office hours of other days than today's: a deadline is counted by those of the day it begins on.
ALTER TABLE office_hours ADD valid_from date NOT NULL DEFAULT '2000-01-01';
ALTER TABLE office_hours ADD valid_to date;
ALTER TABLE office_hours DROP CONSTRAINT office_hours_pkey;
ALTER TABLE office_hours ADD PRIMARY KEY (valid_from, starts);

-- As in 0001, but the head is looked up for each row: a plan that was made while the tables were
-- empty would go through all heads of the type.
CREATE OR REPLACE VIEW delivery_record AS
  SELECT d.id, d.document_id, d.sender_unit_id, d.receiver_unit_id, d.receiver_organ_id,
    d.receiver_name, d.holder_unit_id, d.for_information, d.restricted, d.urgency, d.state,
    microseconds(d.sent_at) AS sent_at, d.arrival_code, d.arrival_date, d.answering_document_id,
    d.answering_code, d.change_kind, d.change_answer, d.change_reason,
    microseconds(d.change_requested_at) AS change_requested_at,
    microseconds(d.change_answered_at) AS change_answered_at, d.replaced_by_id,
    microseconds(d.deadline) AS deadline, d.due_kind, microseconds(d.due_at) AS due_at,
    microseconds(d.due_soon_at) AS due_soon_at, d.due_mark, d.step_codes, d.step_times,
    d.step_reasons, d.step_officials, h.version
  FROM delivery d CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'delivery' AND record_id = d.id::text LIMIT 1) h;

CREATE OR REPLACE VIEW incoming_record AS
  SELECT i.id, i.document_id, i.unit_id, i.book_id, i.arrival_number, i.arrival_code,
    i.arrival_date, i.entered_by_official_id, i.restricted, i.opinion, i.opinion_official_id,
    microseconds(i.opinion_at) AS opinion_at, h.version
  FROM incoming i CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'incoming' AND record_id = i.id::text LIMIT 1) h;

CREATE OR REPLACE VIEW task_record AS
  SELECT t.id, t.delivery_id, t.document_id, t.restricted, t.unit_id, t.assigned_by_official_id,
    t.assignee_unit_id, t.assignee_official_id, t.role, t.state,
    microseconds(t.deadline) AS deadline, t.due_kind, microseconds(t.due_at) AS due_at,
    microseconds(t.due_soon_at) AS due_soon_at, t.due_mark,
    microseconds(t.assigned_at) AS assigned_at,
    microseconds(t.completed_at) AS completed_at, t.instruction, t.report_officials,
    t.report_times, t.report_texts, h.version
  FROM task t CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'task' AND record_id = t.id::text LIMIT 1) h;
