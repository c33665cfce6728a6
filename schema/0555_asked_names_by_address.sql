-- +goose Up
CREATE INDEX asked_names_by_address ON asked_names (region_id, address_id, naming_id);
