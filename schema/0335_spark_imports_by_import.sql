-- For taking an import back.
-- +goose Up
CREATE INDEX spark_imports_by_import ON spark_imports (region_id, import_id, spark_id);
