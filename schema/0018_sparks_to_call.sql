-- +goose Up
CREATE INDEX sparks_to_call ON sparks (region_id, open, next_contact_day, spark_id);
