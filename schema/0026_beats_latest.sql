-- For readers of the whole region's story.
-- +goose Up
CREATE INDEX beats_latest ON beats (region_id, type, beat_id);
