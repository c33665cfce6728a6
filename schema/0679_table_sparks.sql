-- Which sparks a partnership table is about.
-- +goose Up
CREATE TABLE table_sparks (
  region_id TEXT   NOT NULL,
  table_id  BIGINT NOT NULL,
  spark_id  BIGINT NOT NULL,
  PRIMARY KEY (region_id, table_id, spark_id)
);
