-- What the hotline knows: articles and templates of answers. Their versions are in the journal.

CREATE TABLE article (
  id uuid PRIMARY KEY,
  state int NOT NULL,                     -- 1 draft, 2 published, 3 retired
  category_id text COLLATE "C" NOT NULL,
  question text NOT NULL CHECK (question IS NFC NORMALIZED),
  answer text NOT NULL,
  keywords text[] NOT NULL,
  legal_basis text NOT NULL,
  valid_from date,
  valid_to date,                          -- inclusive
  unit_id text COLLATE "C" NOT NULL,
  author_official_id text NOT NULL,
  updated_at timestamptz NOT NULL,
  keeper_unit_id text COLLATE "C" NOT NULL,
  words tsvector NOT NULL                 -- folded: A question, B keywords, D answer
);
CREATE INDEX article_by_words ON article USING gin (words);
CREATE INDEX article_by_time ON article (updated_at, id);
CREATE INDEX article_by_unit ON article (unit_id);
CREATE INDEX article_by_keeper ON article (keeper_unit_id);

CREATE TABLE answer_template (
  id uuid PRIMARY KEY,
  state int NOT NULL,
  category_id text COLLATE "C" NOT NULL,  -- '' = for any
  title text COLLATE "C" NOT NULL,
  text text NOT NULL,
  author_official_id text NOT NULL,
  updated_at timestamptz NOT NULL,
  keeper_unit_id text COLLATE "C" NOT NULL
);
CREATE INDEX answer_template_by_title ON answer_template (title, id);
CREATE INDEX answer_template_by_keeper ON answer_template (keeper_unit_id);

CREATE VIEW article_record AS
  SELECT a.id, a.state, a.category_id, a.question, a.answer, a.keywords, a.legal_basis,
    a.valid_from, a.valid_to, a.unit_id, a.author_official_id,
    microseconds(a.updated_at) AS updated_at, a.keeper_unit_id, h.version
  FROM article a CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'article' AND record_id = a.id::text LIMIT 1) h;

CREATE VIEW answer_template_record AS
  SELECT t.id, t.state, t.category_id, t.title, t.text, t.author_official_id,
    microseconds(t.updated_at) AS updated_at, t.keeper_unit_id, h.version
  FROM answer_template t CROSS JOIN LATERAL (SELECT version FROM head
    WHERE record_type = 'answer-template' AND record_id = t.id::text LIMIT 1) h;
