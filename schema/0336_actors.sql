-- Organisations that carry projects, each once however its name is written. Public facts.
-- +goose Up
CREATE TABLE actors (
  region_id TEXT   NOT NULL REFERENCES regions (region_id),
  actor_id  BIGINT NOT NULL,
  title     TEXT   NOT NULL,
  PRIMARY KEY (region_id, actor_id)
);
