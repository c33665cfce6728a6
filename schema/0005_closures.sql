-- The office's own closed weeks: promises count over them.
-- +goose Up
CREATE TABLE closures (
  region_id  TEXT   NOT NULL REFERENCES regions (region_id),
  closure_id BIGINT NOT NULL,
  from_day   BIGINT NOT NULL,
  until_day  BIGINT NOT NULL,
  reason     TEXT   NOT NULL,
  PRIMARY KEY (region_id, closure_id)
);
