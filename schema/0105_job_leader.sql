-- Who starts the periodic jobs. term rises with each change of leader and fences the old one out.
-- +goose Up
CREATE TABLE job_leader (
  role        TEXT   NOT NULL PRIMARY KEY,
  holder      BIGINT NOT NULL,
  term        BIGINT NOT NULL,
  lease_until BIGINT NOT NULL
);
