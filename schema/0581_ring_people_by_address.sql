-- +goose Up
CREATE INDEX ring_people_by_address ON ring_people (region_id, address_id, spark_id);
