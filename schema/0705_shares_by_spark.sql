-- How far the links of one spark have carried it.
-- +goose Up
CREATE INDEX shares_by_spark ON shares (region_id, spark_id, share_id);
