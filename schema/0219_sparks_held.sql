-- What waits for a person's look.
-- +goose Up
CREATE INDEX sparks_held ON sparks (region_id, open, held, due_day, spark_id);
