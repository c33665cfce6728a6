-- Whether and when a spark caught fire by a definition; ended_at is when that was settled, 0 while its time runs.
-- +goose Up
CREATE TABLE forecast_ends (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  definition TEXT   NOT NULL,
  due_at     BIGINT NOT NULL,
  caught_at  BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, definition),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
