-- Those nobody has joined, the oldest first, counted from the index alone.
-- +goose Up
CREATE INDEX sparks_alone ON sparks (region_id, open, waiting, spark_id, people, held, source);
