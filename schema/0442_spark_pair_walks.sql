-- How far the sparks of a region have been looked at for others of the same matter.
-- +goose Up
CREATE TABLE spark_pair_walks (
  region_id TEXT   NOT NULL,
  after_id  BIGINT NOT NULL,
  walked_at BIGINT NOT NULL,
  PRIMARY KEY (region_id)
);
