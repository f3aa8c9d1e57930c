-- Outgoing messages. No records: they are in no journal and no feed, and no other unit sees them.

-- What a message says: the province's words. {code} and {date} are replaced; a text has nothing of
-- the report or its answer. Kinds: 1 received, 2 question, 3 extended, 4 answered, 5 rejected,
-- 6 reopened, 7 unanswered: a wait for the citizen is over.
CREATE TABLE message_text (
  kind int NOT NULL CHECK (kind BETWEEN 1 AND 7),
  language text NOT NULL,                 -- ISO 639-1
  subject text NOT NULL,                  -- of an e-mail; locked screens show it: without the code
  text text NOT NULL                      -- at most 480, 500 characters when it is sent
    CHECK (text LIKE '%{code}%' AND text IS NFC NORMALIZED AND length(text) <= 480),
  PRIMARY KEY (kind, language)
);
INSERT INTO message_text VALUES
  (1, 'vi', '1022: đã tiếp nhận phản ánh',
   '1022 đã tiếp nhận phản ánh của Ông/Bà. Mã tra cứu: {code}. Vui lòng không chia sẻ mã này.'),
  (2, 'vi', '1022: cần bổ sung thông tin',
   '1022 cần Ông/Bà bổ sung thông tin cho phản ánh {code}. Vui lòng trả lời trên trang tra cứu hoặc gọi 1022.'),
  (3, 'vi', '1022: gia hạn xử lý phản ánh',
   'Phản ánh {code} cần thêm thời gian xử lý. Thời hạn mới: {date}. 1022 xin cảm ơn.'),
  (4, 'vi', '1022: đã có kết quả xử lý phản ánh',
   'Phản ánh {code} đã có kết quả xử lý. Vui lòng tra cứu bằng mã này hoặc gọi 1022.'),
  (5, 'vi', '1022: phản ánh không được tiếp nhận xử lý',
   'Phản ánh {code} không được tiếp nhận xử lý. Để biết lý do, vui lòng tra cứu bằng mã này hoặc gọi 1022.'),
  (6, 'vi', '1022: phản ánh được xử lý lại',
   'Phản ánh {code} được xử lý lại. 1022 sẽ báo khi có kết quả.'),
  (7, 'vi', '1022: chưa nhận được thông tin bổ sung',
   '1022 chưa nhận được thông tin bổ sung của Ông/Bà cho phản ánh {code}. Cơ quan tiếp tục xử lý theo thông tin đã có. Thời hạn mới: {date}.'),
  (1, 'en', '1022: report received',
   '1022 has received your report. Its code: {code}. Please do not share it.'),
  (2, 'en', '1022: information needed',
   '1022 needs further information on your report {code}. Please answer on the page where you look it up, or call 1022.'),
  (3, 'en', '1022: more time needed',
   'Report {code} takes more time. The new date: {date}. Thank you, 1022.'),
  (4, 'en', '1022: report answered',
   'Report {code} has been answered. Look it up with this code or call 1022.'),
  (5, 'en', '1022: report not accepted',
   'Report {code} has not been accepted. For the reason look it up with this code or call 1022.'),
  (6, 'en', '1022: report handled again',
   'Report {code} is handled again. 1022 tells you the outcome.'),
  (7, 'en', '1022: no reply received',
   '1022 has had no reply to its question on your report {code}. The agency goes on without it. The new date: {date}.');

-- Attempts run outside transactions. While one runs, `claim` names it and `next_at` is the end of
-- the claim: a process that was killed loses nothing, and what it may have sent is doubtful then.
CREATE TABLE message (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),  -- the provider's key, too
  report_id uuid NOT NULL,
  ticket_id uuid NOT NULL,                -- that the report was handled in
  kind int NOT NULL,
  language text NOT NULL,                 -- of who reported
  medium int NOT NULL CHECK (medium IN (1, 2)),   -- 1 SMS, 2 e-mail
  address text COLLATE "C" NOT NULL,      -- E.164 or RFC 5321; '' = not needed any more
  code text COLLATE "C" NOT NULL,         -- of the report; '' likewise
  date date,                              -- a new deadline, in Vietnam
  -- 1 waiting, 2 sent, 3 failed, 4 given up, 5 dropped, 6 doubtful
  state int NOT NULL DEFAULT 1,
  superseded boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  next_at timestamptz,                    -- NULL = no further attempt
  claim uuid,
  attempts int NOT NULL DEFAULT 0,
  doubtful_attempts int NOT NULL DEFAULT 0,
  tries int NOT NULL DEFAULT 0,           -- attempts since the last RetryMessage
  tried_at timestamptz,                   -- the first of them
  counted_on date,                        -- in message_day
  sent_at timestamptz,
  proof text NOT NULL DEFAULT '',
  error text NOT NULL DEFAULT '',
  replaces_id uuid UNIQUE,                -- an SMS that did not arrive
  FOREIGN KEY (kind, language) REFERENCES message_text,
  CHECK ((kind IN (3, 7)) = (date IS NOT NULL)),
  CHECK (state NOT IN (2, 5) OR (address = '' AND code = '' AND next_at IS NULL)),
  CHECK (NOT superseded OR claim IS NOT NULL
    OR (address = '' AND code = '' AND next_at IS NULL))
);
CREATE INDEX message_due ON message (medium, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX message_of_report ON message (report_id);
CREATE INDEX message_of_ticket ON message (ticket_id, created_at, id);
CREATE INDEX message_unsent ON message (created_at, id) WHERE state NOT IN (2, 5);
CREATE INDEX message_open ON message (state) WHERE state IN (1, 6);

-- Who had a message sent again by RetryMessage.
CREATE TABLE message_retry (
  id uuid PRIMARY KEY,
  message_id uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  system text NOT NULL,
  unit_id text NOT NULL,
  official_id text NOT NULL,
  reason text NOT NULL
);
CREATE INDEX message_retry_of_message ON message_retry (message_id, id);

-- Messages that an address was sent on a day in Vietnam; the address is HMAC-SHA-256 under the key
-- of the service, so that the table says of nobody that he reported.
CREATE TABLE message_day (
  day date NOT NULL,
  address_hash bytea NOT NULL,
  count int NOT NULL,
  PRIMARY KEY (day, address_hash)
);
