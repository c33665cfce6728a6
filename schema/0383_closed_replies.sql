-- Closed sparks whose bringer has written since, until the office has answered, noted it or opened them again.
-- +goose Up
CREATE TABLE closed_replies (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  since_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id)
);
