-- +goose Up
CREATE INDEX arrivals_by_network ON arrivals (region_id, network_hash, arrived_at);
