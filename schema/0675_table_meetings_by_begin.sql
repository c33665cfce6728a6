-- +goose Up
CREATE INDEX table_meetings_by_begin ON table_meetings (region_id, begins_at);
