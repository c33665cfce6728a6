-- One bringer of several sparks: what was split into parts keeps its bringer in each.
-- +goose Up
CREATE INDEX bringers_same ON bringers (region_id, bringer_id, spark_id);
