-- Browsers in which an address was confirmed: they remember their person for a while.
-- +goose Up
CREATE TABLE address_sessions (
  region_id  TEXT   NOT NULL,
  address_id BIGINT NOT NULL,
  token_hash TEXT   NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, address_id, token_hash),
  FOREIGN KEY (region_id, address_id) REFERENCES addresses (region_id, address_id)
);
