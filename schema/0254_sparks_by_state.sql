-- What is closed or withdrawn, by when it was closed: what retention looks through every night.
-- +goose Up
CREATE INDEX sparks_by_state ON sparks (region_id, state, closed_at, spark_id);
