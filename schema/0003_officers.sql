-- The office's people: the only ones who sign in.
-- +goose Up
CREATE TABLE officers (
  region_id   TEXT    NOT NULL REFERENCES regions (region_id),
  officer_id  BIGINT  NOT NULL,
  email       TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  title       TEXT    NOT NULL,
  phone       TEXT    NOT NULL,
  role        TEXT    NOT NULL,
  language    TEXT    NOT NULL,
  active      BOOLEAN NOT NULL,
  monday_mail BOOLEAN NOT NULL,
  created_at  BIGINT  NOT NULL,
  PRIMARY KEY (region_id, officer_id),
  UNIQUE (region_id, email)
);
