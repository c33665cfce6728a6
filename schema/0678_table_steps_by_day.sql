-- +goose Up
CREATE INDEX table_steps_by_day ON table_steps (region_id, state, by_day);
