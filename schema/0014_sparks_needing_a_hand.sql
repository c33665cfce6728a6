-- +goose Up
CREATE INDEX sparks_needing_a_hand ON sparks (region_id, listed, needs_hand, spark_id);
