-- Beats that wait for somebody's letter of the day. Gone when it is written.
-- +goose Up
CREATE TABLE talk_waits (
  region_id TEXT   NOT NULL,
  reader    TEXT   NOT NULL,
  reader_id BIGINT NOT NULL,
  spark_id  BIGINT NOT NULL,
  beat_id   BIGINT NOT NULL,
  PRIMARY KEY (region_id, reader, reader_id, spark_id, beat_id)
);
