-- +goose Up
CREATE UNIQUE INDEX feedback_by_link ON feedback (region_id, link_hash);
