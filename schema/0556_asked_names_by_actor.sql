-- +goose Up
CREATE INDEX asked_names_by_actor ON asked_names (region_id, actor_id, naming_id);
