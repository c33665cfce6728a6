-- Two sparks that may be the same matter, each way round: likely as the night's work found them, or other because an
-- officer said that they are not the same.
-- +goose Up
CREATE TABLE spark_pairs (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  other_id   BIGINT NOT NULL,
  verdict    TEXT   NOT NULL,
  officer_id BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, other_id)
);
