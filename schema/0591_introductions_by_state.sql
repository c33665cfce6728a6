-- +goose Up
CREATE INDEX introductions_by_state ON introductions (region_id, state, introduction_id);
