-- What is from a place, the newest last.
-- +goose Up
CREATE INDEX search_things_placed ON search_things (region_id, place, row_id);
