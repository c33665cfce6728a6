-- +goose Up
CREATE INDEX events_by_begin ON events (region_id, begins_at, event_id);
