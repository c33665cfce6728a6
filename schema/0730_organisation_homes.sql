-- The municipality an organisation is at home in when that is none of the region's.
-- +goose Up
CREATE TABLE organisation_homes (
  region_id TEXT   NOT NULL,
  actor_id  BIGINT NOT NULL,
  home      TEXT   NOT NULL,
  PRIMARY KEY (region_id, actor_id),
  FOREIGN KEY (region_id, actor_id) REFERENCES organisations (region_id, actor_id)
);
