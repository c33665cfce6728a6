-- +goose Up
CREATE INDEX event_seats_by_address ON event_seats (region_id, address_id);
