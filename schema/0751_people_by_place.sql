-- +goose Up
CREATE INDEX people_by_place ON people (region_id, place_id, actor_id);
