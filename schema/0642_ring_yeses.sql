-- Who in a ring lets their ties to others of the ring be noted. Personal data.
-- +goose Up
CREATE TABLE ring_yeses (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, member_id)
);
