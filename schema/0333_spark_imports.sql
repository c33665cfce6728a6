-- Where an imported spark came from: the same row of the same source is the same spark.
-- +goose Up
CREATE TABLE spark_imports (
  region_id  TEXT   NOT NULL,
  source     TEXT   NOT NULL,
  source_key TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  import_id  BIGINT NOT NULL,
  seen_in    BIGINT NOT NULL,
  digest     TEXT   NOT NULL,
  fate       TEXT   NOT NULL,
  comments   BIGINT NOT NULL,
  PRIMARY KEY (region_id, source, source_key),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
