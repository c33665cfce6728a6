-- What an organisation has.
-- +goose Up
CREATE INDEX assets_by_owner ON assets (region_id, owner_id, asset_id);
