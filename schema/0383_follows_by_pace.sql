-- Whether anybody follows at a pace, before a digest is begun.
-- +goose Up
CREATE INDEX follows_by_pace ON follows (region_id, pace);
