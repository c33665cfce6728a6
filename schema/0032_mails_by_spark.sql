-- For erasing what was written about a spark.
-- +goose Up
CREATE INDEX mails_by_spark ON mails (region_id, spark_id, mail_id);
