-- The calls of the day, counted from the index alone.
-- +goose Up
CREATE INDEX sparks_calling ON sparks (region_id, open, next_contact_day, spark_id, held);
