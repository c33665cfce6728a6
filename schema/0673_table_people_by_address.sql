-- +goose Up
CREATE INDEX table_people_by_address ON table_people (region_id, address_id);
