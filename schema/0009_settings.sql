-- One region's settings by name.
-- +goose Up
CREATE TABLE settings (
  region_id TEXT NOT NULL REFERENCES regions (region_id),
  name      TEXT NOT NULL,
  value     TEXT NOT NULL,
  PRIMARY KEY (region_id, name)
);
