-- For a search that nobody follows any more, and one whose keys are made anew.
-- +goose Up
CREATE INDEX follow_search_keys_by_search ON follow_search_keys (region_id, search_id);
