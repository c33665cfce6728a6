-- Addresses that a region has left: they still lead to it. kind is slug or host.
-- +goose Up
CREATE TABLE region_addresses (
  region_id TEXT   NOT NULL REFERENCES regions (region_id),
  kind      TEXT   NOT NULL,
  address   TEXT   NOT NULL,
  left_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, kind, address)
);
