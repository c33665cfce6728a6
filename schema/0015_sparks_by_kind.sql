-- +goose Up
CREATE INDEX sparks_by_kind ON sparks (region_id, listed, kind, spark_id);
