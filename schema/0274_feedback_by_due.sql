-- The queue: what is open, what is due first.
-- +goose Up
CREATE INDEX feedback_by_due ON feedback (region_id, due_day, feedback_id) WHERE state = 'open';
