-- +goose Up
CREATE INDEX ring_people_by_role ON ring_people (region_id, role, address_id);
