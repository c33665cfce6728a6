-- +goose Up
CREATE INDEX forecast_ends_by_due ON forecast_ends (region_id, definition, due_at);
