-- What people told of barriers on the pages, and what became of it.
-- +goose Up
CREATE TABLE feedback (
  region_id   TEXT   NOT NULL REFERENCES regions (region_id),
  feedback_id BIGINT NOT NULL,
  link_hash   TEXT   NOT NULL,
  code        TEXT   NOT NULL,
  page        TEXT   NOT NULL,
  words       TEXT   NOT NULL,
  email       TEXT   NOT NULL,
  language    TEXT   NOT NULL,
  came_at     BIGINT NOT NULL,
  due_day     BIGINT NOT NULL,
  state       TEXT   NOT NULL,
  reply       TEXT   NOT NULL,
  note        TEXT   NOT NULL,
  done_at     BIGINT NOT NULL,
  officer_id  BIGINT NOT NULL,
  PRIMARY KEY (region_id, feedback_id)
);
