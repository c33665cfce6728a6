-- The likely ones, the newest first.
-- +goose Up
CREATE INDEX spark_pairs_likely ON spark_pairs (region_id, verdict, spark_id, other_id);
