-- What people say beneath a spark. A comment whose words are gone keeps its place. The words, the name and who said it are personal data.
-- +goose Up
CREATE TABLE comments (
  region_id   TEXT    NOT NULL,
  spark_id    BIGINT  NOT NULL,
  comment_id  BIGINT  NOT NULL,
  author_kind TEXT    NOT NULL,
  author_id   BIGINT  NOT NULL,
  name        TEXT    NOT NULL,
  language    TEXT    NOT NULL,
  words       TEXT    NOT NULL,
  state       TEXT    NOT NULL,
  placed      BOOLEAN NOT NULL,
  waits       BOOLEAN NOT NULL,
  held        TEXT    NOT NULL,
  question    BOOLEAN NOT NULL,
  unanswered  BOOLEAN NOT NULL,
  answer_id   BIGINT  NOT NULL,
  beat_id     BIGINT  NOT NULL,
  reports     BIGINT  NOT NULL,
  written_at  BIGINT  NOT NULL,
  edited_at   BIGINT  NOT NULL,
  decided_at  BIGINT  NOT NULL,
  officer_id  BIGINT  NOT NULL,
  reason      TEXT    NOT NULL,
  PRIMARY KEY (region_id, spark_id, comment_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
