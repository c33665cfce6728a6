-- What there is at a place.
-- +goose Up
CREATE INDEX assets_by_place ON assets (region_id, place_id, asset_id);
