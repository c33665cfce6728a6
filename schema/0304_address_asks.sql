-- Addresses that somebody typed and their owners have yet to confirm, with what is to be done then. Only hashes of the link, the code and the browser that asked.
-- +goose Up
CREATE TABLE address_asks (
  region_id    TEXT    NOT NULL REFERENCES regions (region_id),
  link_hash    TEXT    NOT NULL,
  browser_hash TEXT    NOT NULL,
  code_hash    TEXT    NOT NULL,
  address_id   BIGINT  NOT NULL,
  email        TEXT    NOT NULL,
  language     TEXT    NOT NULL,
  mailbox_hash TEXT    NOT NULL,
  network_hash TEXT    NOT NULL,
  then_kind    TEXT    NOT NULL,
  then_data    {json}  NOT NULL,
  sent         BOOLEAN NOT NULL,
  tries        BIGINT  NOT NULL,
  asked_at     BIGINT  NOT NULL,
  used_at      BIGINT  NOT NULL,
  PRIMARY KEY (region_id, link_hash)
);
