-- How many listed sparks are at each place: what part -1 counted, and what has come
-- and gone by then and since in the others, so that those who drop do not wait for
-- each other.
-- +goose Up
CREATE TABLE place_counts (
  region_id TEXT   NOT NULL REFERENCES regions (region_id),
  place     TEXT   NOT NULL,
  part      BIGINT NOT NULL,
  sparks    BIGINT NOT NULL,
  PRIMARY KEY (region_id, place, part)
);
