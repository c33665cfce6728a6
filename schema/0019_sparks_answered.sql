-- For "what was answered this week".
-- +goose Up
CREATE INDEX sparks_answered ON sparks (region_id, listed, answered_at, spark_id);
