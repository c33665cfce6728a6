-- +goose Up
CREATE INDEX forecasts_by_due ON forecasts (region_id, scored_at, due_at);
