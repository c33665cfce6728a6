-- +goose Up
CREATE UNIQUE INDEX people_by_address ON people (region_id, address_id);
