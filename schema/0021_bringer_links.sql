-- The private links by which a bringer manages a spark without an account, only their hashes.
-- +goose Up
CREATE TABLE bringer_links (
  region_id  TEXT   NOT NULL,
  link_hash  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  bringer_id BIGINT NOT NULL,
  drop_hash  TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, link_hash),
  FOREIGN KEY (region_id, spark_id, bringer_id) REFERENCES bringers (region_id, spark_id, bringer_id)
);
