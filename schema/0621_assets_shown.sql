-- The lists of what is shown and of what waits, and what has stood long enough.
-- +goose Up
CREATE INDEX assets_shown ON assets (region_id, state, asset_id);
