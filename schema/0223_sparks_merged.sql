-- +goose Up
CREATE INDEX sparks_merged ON sparks (region_id, merged_into, spark_id);
