-- +goose Up
CREATE INDEX arrivals_by_author ON arrivals (region_id, author_hash, arrived_at);
