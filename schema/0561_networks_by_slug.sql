-- The address of a network is its own.
-- +goose Up
CREATE UNIQUE INDEX networks_by_slug ON networks (region_id, slug);
