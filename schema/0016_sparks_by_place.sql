-- +goose Up
CREATE INDEX sparks_by_place ON sparks (region_id, listed, place, spark_id);
