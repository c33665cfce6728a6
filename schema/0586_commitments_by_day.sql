-- +goose Up
CREATE INDEX commitments_by_day ON commitments (region_id, state, by_day);
