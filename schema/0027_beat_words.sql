-- What people said in a beat and the name they said it under: erasable without breaking the story.
-- +goose Up
CREATE TABLE beat_words (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  beat_id   BIGINT NOT NULL,
  author    TEXT   NOT NULL,
  words     TEXT   NOT NULL,
  PRIMARY KEY (region_id, spark_id, beat_id),
  FOREIGN KEY (region_id, spark_id, beat_id) REFERENCES beats (region_id, spark_id, beat_id)
);
