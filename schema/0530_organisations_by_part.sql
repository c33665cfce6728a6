-- +goose Up
CREATE INDEX organisations_by_part ON organisations (region_id, part_of, actor_id);
