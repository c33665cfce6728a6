-- When each rule of retention was last carried out, for which night, and how much went.
-- +goose Up
CREATE TABLE retention_runs (
  region_id TEXT   NOT NULL REFERENCES regions (region_id),
  rule      TEXT   NOT NULL,
  night_day BIGINT NOT NULL,
  erased    BIGINT NOT NULL,
  done_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, rule)
);
