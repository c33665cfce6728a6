-- How much is said beneath a spark and how many have said "me too", counted as it changes; and how soon its bringer hears of it.
-- +goose Up
CREATE TABLE talks (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  shown     BIGINT NOT NULL,
  questions BIGINT NOT NULL,
  warm      BIGINT NOT NULL,
  hears     TEXT   NOT NULL,
  PRIMARY KEY (region_id, spark_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
