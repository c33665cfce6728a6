-- When each periodic job comes next; spec tells that its schedule was changed.
-- +goose Up
CREATE TABLE job_periods (
  name    TEXT   NOT NULL PRIMARY KEY,
  spec    TEXT   NOT NULL,
  next_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);
