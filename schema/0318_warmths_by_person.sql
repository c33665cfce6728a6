-- +goose Up
CREATE INDEX warmths_by_person ON warmths (region_id, address_id, spark_id);
