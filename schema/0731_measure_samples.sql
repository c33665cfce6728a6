-- The sparks of a month, drawn by lot, of which the office says whether those who were found for them could help.
-- +goose Up
CREATE TABLE measure_samples (
  region_id TEXT   NOT NULL,
  month_day BIGINT NOT NULL,
  spark_id  BIGINT NOT NULL,
  verdict   TEXT   NOT NULL,
  judged_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, month_day, spark_id)
);
