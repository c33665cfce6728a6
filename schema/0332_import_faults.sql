-- Rows of a file that could not be taken in, by line and column; never what stood there.
-- +goose Up
CREATE TABLE import_faults (
  region_id TEXT   NOT NULL,
  import_id BIGINT NOT NULL,
  line      BIGINT NOT NULL,
  field     TEXT   NOT NULL,
  reason    TEXT   NOT NULL,
  most      BIGINT NOT NULL,
  PRIMARY KEY (region_id, import_id, line),
  FOREIGN KEY (region_id, import_id) REFERENCES imports (region_id, import_id)
);
