-- +goose Up
CREATE UNIQUE INDEX address_asks_by_browser ON address_asks (region_id, browser_hash);
