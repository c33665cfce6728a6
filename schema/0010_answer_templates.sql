-- The office's own texts to begin an answer from; seeded by the programme, edited by the office.
-- +goose Up
CREATE TABLE answer_templates (
  region_id   TEXT   NOT NULL REFERENCES regions (region_id),
  template_id TEXT   NOT NULL,
  language    TEXT   NOT NULL,
  use_for     TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  body        TEXT   NOT NULL,
  place       BIGINT NOT NULL,
  PRIMARY KEY (region_id, template_id, language)
);
