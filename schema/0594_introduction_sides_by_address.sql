-- +goose Up
CREATE INDEX introduction_sides_by_address ON introduction_sides (region_id, address_id, introduction_id);
