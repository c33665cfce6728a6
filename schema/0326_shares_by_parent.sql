-- For the links made by way of one that ends.
-- +goose Up
CREATE INDEX shares_by_parent ON shares (region_id, parent_id);
