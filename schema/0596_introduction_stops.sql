-- Who never wants to be asked to meet anybody: a hash of their address.
-- +goose Up
CREATE TABLE introduction_stops (
  region_id TEXT   NOT NULL,
  hash      TEXT   NOT NULL,
  since_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, hash)
);
