-- +goose Up
CREATE INDEX arrivals_by_text ON arrivals (region_id, text_hash, arrived_at);
