-- +goose Up
CREATE INDEX forecast_reach_said_by_due ON forecast_reach_said (region_id, scored_at, due_at);
