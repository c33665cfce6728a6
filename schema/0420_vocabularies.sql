-- Vocabularies that were taken in instead of the shipped one, each a file as engine/concept writes it.
-- +goose Up
CREATE TABLE vocabularies (
  name     TEXT   NOT NULL PRIMARY KEY,
  source   TEXT   NOT NULL,
  taken_at BIGINT NOT NULL,
  content  BYTEA  NOT NULL
);
