-- +goose Up
CREATE INDEX sparks_newest ON sparks (region_id, listed, spark_id);
