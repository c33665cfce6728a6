-- Events where people change tables on purpose: how many rounds, how many sit at a table, and how far the seating has come.
-- +goose Up
CREATE TABLE collisions (
  region_id TEXT   NOT NULL,
  event_id  BIGINT NOT NULL,
  rounds    BIGINT NOT NULL,
  size      BIGINT NOT NULL,
  tables    BIGINT NOT NULL,
  seed      BIGINT NOT NULL,
  drawn_at  BIGINT NOT NULL,
  locked_at BIGINT NOT NULL,
  asked_at  BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  PRIMARY KEY (region_id, event_id)
);
