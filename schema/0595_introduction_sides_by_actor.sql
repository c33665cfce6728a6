-- +goose Up
CREATE INDEX introduction_sides_by_actor ON introduction_sides (region_id, actor_id, side, introduction_id);
