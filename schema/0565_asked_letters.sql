-- When a mailbox was last asked whether somebody may say that they would ask its owner: a hash of it, and who had it asked. Personal data.
-- +goose Up
CREATE TABLE asked_letters (
  region_id  TEXT   NOT NULL,
  hash       TEXT   NOT NULL,
  address_id BIGINT NOT NULL,
  sent_at    BIGINT NOT NULL,
  PRIMARY KEY (region_id, hash)
);
