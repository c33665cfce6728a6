-- +goose Up
CREATE INDEX sparks_by_challenge ON sparks (region_id, challenge_id, spark_id);
