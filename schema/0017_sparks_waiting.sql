-- The office's work list: what waits for a first answer, by its promised day.
-- +goose Up
CREATE INDEX sparks_waiting ON sparks (region_id, open, waiting, due_day, spark_id);
