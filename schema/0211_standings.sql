-- What the office has said of an address or a network: trusted, slowed or blocked. Hashes only, under the region's own secret.
-- +goose Up
CREATE TABLE standings (
  region_id   TEXT   NOT NULL REFERENCES regions (region_id),
  standing_id BIGINT NOT NULL,
  kind        TEXT   NOT NULL,
  hash        TEXT   NOT NULL,
  standing    TEXT   NOT NULL,
  since_at    BIGINT NOT NULL,
  until_at    BIGINT NOT NULL,
  officer_id  BIGINT NOT NULL,
  spark_id    BIGINT NOT NULL,
  PRIMARY KEY (region_id, standing_id),
  UNIQUE (region_id, kind, hash)
);
