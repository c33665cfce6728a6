-- Every published version of a region's programme file, the newest in force.
-- +goose Up
CREATE TABLE programme_versions (
  region_id    TEXT   NOT NULL REFERENCES regions (region_id),
  version_id   BIGINT NOT NULL,
  published_at BIGINT NOT NULL,
  published_by TEXT   NOT NULL,
  note         TEXT   NOT NULL,
  checksum     TEXT   NOT NULL,
  source       TEXT   NOT NULL,
  map          TEXT   NOT NULL,
  PRIMARY KEY (region_id, version_id)
);
