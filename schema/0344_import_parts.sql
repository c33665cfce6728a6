-- A file the office has sent, piece by piece, until it has been taken in.
-- +goose Up
CREATE TABLE import_parts (
  region_id TEXT   NOT NULL,
  import_id BIGINT NOT NULL,
  part      BIGINT NOT NULL,
  content   BYTEA  NOT NULL,
  PRIMARY KEY (region_id, import_id, part),
  FOREIGN KEY (region_id, import_id) REFERENCES imports (region_id, import_id)
);
