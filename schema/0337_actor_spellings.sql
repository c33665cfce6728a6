-- Every way an organisation's name has been written, whose it is taken to be and by which rule.
-- +goose Up
CREATE TABLE actor_spellings (
  region_id   TEXT    NOT NULL,
  spelling_id BIGINT  NOT NULL,
  spelling    TEXT    NOT NULL,
  form        TEXT    NOT NULL,
  block       TEXT    NOT NULL,
  actor_id    BIGINT  NOT NULL,
  rule        TEXT    NOT NULL,
  score       BIGINT  NOT NULL,
  like_id     BIGINT  NOT NULL,
  decided_at  BIGINT  NOT NULL,
  PRIMARY KEY (region_id, spelling_id),
  UNIQUE (region_id, spelling),
  FOREIGN KEY (region_id, actor_id) REFERENCES actors (region_id, actor_id)
);
