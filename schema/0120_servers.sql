-- Processes that serve this store, each with when it was last seen: a restore waits until none is left.
-- +goose Up
CREATE TABLE servers (
  server_id  TEXT   NOT NULL PRIMARY KEY,
  started_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL
);
