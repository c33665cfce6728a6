-- Reference table: which regions this installation serves.
-- +goose Up
CREATE TABLE regions (
  region_id  TEXT    NOT NULL PRIMARY KEY,
  slug       TEXT    NOT NULL UNIQUE,
  host       TEXT    NOT NULL,
  example    BOOLEAN NOT NULL,
  created_at BIGINT  NOT NULL,
  adopted_at BIGINT  NOT NULL
);
