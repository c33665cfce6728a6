-- +goose Up
CREATE INDEX knowhow_items_by_source ON knowhow_items (region_id, source, source_id);
