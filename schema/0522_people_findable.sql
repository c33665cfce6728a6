-- +goose Up
CREATE INDEX people_findable ON people (region_id, findable, actor_id);
