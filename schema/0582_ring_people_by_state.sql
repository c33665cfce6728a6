-- +goose Up
CREATE INDEX ring_people_by_state ON ring_people (region_id, state, spark_id);
