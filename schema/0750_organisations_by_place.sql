-- +goose Up
CREATE INDEX organisations_by_place ON organisations (region_id, place_id, actor_id);
