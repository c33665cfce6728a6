-- Where the ring round a spark has gone on since the spark was split, or taken back into what it was split from: who still holds its old number finds it.
-- +goose Up
CREATE TABLE ring_moves (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  to_id     BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id),
  FOREIGN KEY (region_id, to_id) REFERENCES sparks (region_id, spark_id)
);
