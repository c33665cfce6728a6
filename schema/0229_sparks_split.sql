-- +goose Up
CREATE INDEX sparks_split ON sparks (region_id, split_from, spark_id);
