-- What a month's marks are made with; thrown away when the month is over.
-- +goose Up
CREATE TABLE demand_salts (
  region_id TEXT   NOT NULL,
  month     BIGINT NOT NULL,
  salt      TEXT   NOT NULL,
  PRIMARY KEY (region_id, month)
);
