-- +goose Up
CREATE INDEX bringer_links_by_spark ON bringer_links (region_id, spark_id, bringer_id);
