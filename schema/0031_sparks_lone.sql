-- Open sparks that nobody but their bringer has joined.
-- +goose Up
CREATE INDEX sparks_lone ON sparks (region_id, open, waiting, people, spark_id);
