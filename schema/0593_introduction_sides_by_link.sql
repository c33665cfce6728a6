-- +goose Up
CREATE INDEX introduction_sides_by_link ON introduction_sides (region_id, link_hash);
