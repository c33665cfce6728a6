-- What is not handled yet, and what was handled long ago.
-- +goose Up
CREATE INDEX reports_open ON reports (region_id, handled_at, spark_id, report_id);
