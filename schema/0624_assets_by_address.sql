-- What somebody has told of.
-- +goose Up
CREATE INDEX assets_by_address ON assets (region_id, address_id, asset_id);
