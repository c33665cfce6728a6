-- +goose Up
CREATE INDEX asked_names_by_until ON asked_names (region_id, state, until_at);
