-- Signed-in browsers; data is the session library's own, in base64.
-- +goose Up
CREATE TABLE sessions (
  region_id  TEXT   NOT NULL REFERENCES regions (region_id),
  token_hash TEXT   NOT NULL,
  data       TEXT   NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, token_hash)
);
