-- For erasing what is known of a spark's letters.
-- +goose Up
CREATE INDEX mail_arrivals_by_spark ON mail_arrivals (region_id, spark_id, arrived_at);
