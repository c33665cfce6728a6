-- Of whom something has changed lately: every server reads it and brings its memory up to date. A number is all that is kept, and for an hour.
-- +goose Up
CREATE TABLE knowhow_changes (
  region_id TEXT   NOT NULL REFERENCES regions (region_id),
  change_id BIGINT NOT NULL,
  actor_id  BIGINT NOT NULL,
  PRIMARY KEY (region_id, change_id)
);
