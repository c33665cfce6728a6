-- +goose Up
CREATE INDEX asked_names_by_link ON asked_names (region_id, link_hash);
