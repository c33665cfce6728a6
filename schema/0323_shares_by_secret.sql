-- +goose Up
CREATE UNIQUE INDEX shares_by_secret ON shares (region_id, secret_hash);
