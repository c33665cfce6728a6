-- The story: append-only. Holds what happened, never a name or anybody's words.
-- +goose Up
CREATE TABLE beats (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  beat_id    BIGINT NOT NULL,
  type       TEXT   NOT NULL,
  actor      TEXT   NOT NULL,
  officer_id BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  visibility TEXT   NOT NULL,
  corrects   BIGINT NOT NULL,
  data       {json} NOT NULL,
  PRIMARY KEY (region_id, spark_id, beat_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
