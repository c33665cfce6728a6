-- Who was invited to answer in a wave, and when they did. Personal data.
-- +goose Up
CREATE TABLE wave_invites (
  region_id   TEXT   NOT NULL,
  wave_id     BIGINT NOT NULL,
  address_id  BIGINT NOT NULL,
  link_hash   TEXT   NOT NULL,
  invited_at  BIGINT NOT NULL,
  mailed_at   BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, wave_id, address_id)
);
