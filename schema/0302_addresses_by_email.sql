-- +goose Up
CREATE UNIQUE INDEX addresses_by_email ON addresses (region_id, email);
