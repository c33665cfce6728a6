-- For how much a network has asked for in a day.
-- +goose Up
CREATE INDEX address_asks_by_network ON address_asks (region_id, network_hash, asked_at);
