-- The piles of who waits, counted from the index alone.
-- +goose Up
CREATE INDEX sparks_awaiting ON sparks (region_id, open, waiting, due_day, spark_id, held);
