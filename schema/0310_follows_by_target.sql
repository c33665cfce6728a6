-- For who hears of something, a batch at a time by their key.
-- +goose Up
CREATE INDEX follows_by_target ON follows (region_id, target, pace, address_id);
