-- What the ring round a spark still looks for, as its bringer or the office says it.
-- +goose Up
CREATE TABLE ring_openings (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  role      TEXT   NOT NULL,
  wanted    TEXT   NOT NULL,
  since_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, role),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
