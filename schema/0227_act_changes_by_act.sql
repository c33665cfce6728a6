-- +goose Up
CREATE INDEX act_changes_by_act ON act_changes (region_id, act_id, spark_id);
