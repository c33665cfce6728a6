-- What was agreed in a talk: who does what by when.
-- +goose Up
CREATE TABLE measures (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  measure_id BIGINT NOT NULL,
  beat_id    BIGINT NOT NULL,
  what       TEXT   NOT NULL,
  who        TEXT   NOT NULL,
  by_day     BIGINT NOT NULL,
  done_at    BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, measure_id),
  FOREIGN KEY (region_id, spark_id, beat_id) REFERENCES beats (region_id, spark_id, beat_id)
);
