-- +goose Up
CREATE INDEX sparks_liveliest ON sparks (region_id, listed, latest_at, spark_id);
