-- Addresses that their owners have confirmed: a person without an account.
-- +goose Up
CREATE TABLE addresses (
  region_id    TEXT   NOT NULL REFERENCES regions (region_id),
  address_id   BIGINT NOT NULL,
  email        TEXT   NOT NULL,
  language     TEXT   NOT NULL,
  page_hash    TEXT   NOT NULL,
  links        BIGINT NOT NULL,
  confirmed_at BIGINT NOT NULL,
  bounces      BIGINT NOT NULL,
  bounce_reply TEXT   NOT NULL,
  stopped_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, address_id)
);
