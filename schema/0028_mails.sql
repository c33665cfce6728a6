-- The outbox: every mail Kokko ever meant to send and what the server said.
-- +goose Up
CREATE TABLE mails (
  region_id  TEXT    NOT NULL REFERENCES regions (region_id),
  mail_id    BIGINT  NOT NULL,
  state      TEXT    NOT NULL,
  purpose    TEXT    NOT NULL,
  spark_id   BIGINT  NOT NULL,
  message_id TEXT    NOT NULL,
  recipient  TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  language   TEXT    NOT NULL,
  automatic  BOOLEAN NOT NULL,
  created_at BIGINT  NOT NULL,
  sent_at    BIGINT  NOT NULL,
  tries      BIGINT  NOT NULL,
  reply      TEXT    NOT NULL,
  PRIMARY KEY (region_id, mail_id)
);
