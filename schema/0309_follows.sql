-- What people with a confirmed address follow: a spark, a theme, a place and what is near, an open question, or everything.
-- +goose Up
CREATE TABLE follows (
  region_id  TEXT   NOT NULL,
  address_id BIGINT NOT NULL,
  target     TEXT   NOT NULL,
  km         BIGINT NOT NULL,
  pace       TEXT   NOT NULL,
  volume     TEXT   NOT NULL,
  since_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, address_id, target),
  FOREIGN KEY (region_id, address_id) REFERENCES addresses (region_id, address_id)
);
