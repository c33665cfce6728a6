-- On which day somebody last heard at once of the talk beneath a spark: what is said later that day waits for one letter.
-- +goose Up
CREATE TABLE talk_told (
  region_id TEXT   NOT NULL,
  reader    TEXT   NOT NULL,
  reader_id BIGINT NOT NULL,
  spark_id  BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  PRIMARY KEY (region_id, reader, reader_id, spark_id)
);
