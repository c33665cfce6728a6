-- Rings whose bringer wants to say yes to each who comes.
-- +goose Up
CREATE TABLE ring_choices (
  region_id TEXT    NOT NULL,
  spark_id  BIGINT  NOT NULL,
  asks      BOOLEAN NOT NULL,
  PRIMARY KEY (region_id, spark_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
