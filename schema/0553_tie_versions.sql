-- How often the network of a region has changed: who keeps it in memory looks here whether it is still so.
-- +goose Up
CREATE TABLE tie_versions (
  region_id TEXT   NOT NULL,
  version   BIGINT NOT NULL,
  PRIMARY KEY (region_id)
);
