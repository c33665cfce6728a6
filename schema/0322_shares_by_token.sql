-- +goose Up
CREATE UNIQUE INDEX shares_by_token ON shares (region_id, token);
