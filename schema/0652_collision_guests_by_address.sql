-- +goose Up
CREATE INDEX collision_guests_by_address ON collision_guests (region_id, address_id);
