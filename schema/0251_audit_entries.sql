-- What was done in the office that no story tells: written with the act, never changed. No personal data but the officer's id.
-- +goose Up
CREATE TABLE audit_entries (
  region_id  TEXT   NOT NULL REFERENCES regions (region_id),
  entry_id   BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  officer_id BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  what       TEXT   NOT NULL,
  about_kind TEXT   NOT NULL,
  about      TEXT   NOT NULL,
  data       {json} NOT NULL,
  PRIMARY KEY (region_id, entry_id)
);
