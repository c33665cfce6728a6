-- +goose Up
CREATE INDEX sparks_by_tag ON spark_tags (region_id, kind, tag, listed, spark_id);
