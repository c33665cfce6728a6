-- Who never wants to be asked that, or to answer a survey: a hash of their mailbox. Personal data.
-- +goose Up
CREATE TABLE asked_stops (
  region_id TEXT   NOT NULL,
  hash      TEXT   NOT NULL,
  since_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, hash)
);
