-- Work to be done after a commit. The ground's own: the ground knows no region
-- and a job that is done is no longer a row, so no region_id leads the key (ADR 0002).
-- args is TEXT, not JSON: SQL never looks inside, and JSONB refuses \u0000.
-- +goose Up
CREATE TABLE jobs (
  job_id      BIGINT NOT NULL PRIMARY KEY,
  kind        TEXT   NOT NULL,
  args        TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  lane        BIGINT NOT NULL,
  run_at      BIGINT NOT NULL,
  unique_key  TEXT   NOT NULL,
  tries       BIGINT NOT NULL,
  max_tries   BIGINT NOT NULL,
  lease       BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  error       TEXT   NOT NULL
);
