-- The event whose card or poster led to a spark, or where it was told; no row for the many that have none.
-- +goose Up
CREATE TABLE spark_origins (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  event     TEXT   NOT NULL,
  PRIMARY KEY (region_id, spark_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
