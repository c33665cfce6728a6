-- +goose Up
CREATE UNIQUE INDEX addresses_by_page ON addresses (region_id, page_hash);
