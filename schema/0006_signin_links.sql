-- Single-use sign-in links, only their hashes.
-- +goose Up
CREATE TABLE signin_links (
  region_id  TEXT   NOT NULL,
  link_hash  TEXT   NOT NULL,
  officer_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL,
  PRIMARY KEY (region_id, link_hash),
  FOREIGN KEY (region_id, officer_id) REFERENCES officers (region_id, officer_id)
);
