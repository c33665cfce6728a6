-- +goose Up
CREATE INDEX spark_imports_by_spark ON spark_imports (region_id, spark_id);
