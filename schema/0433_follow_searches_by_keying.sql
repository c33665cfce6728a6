-- For searches whose keys were made by another analyser than today's.
-- +goose Up
CREATE INDEX follow_searches_by_keying ON follow_searches (region_id, keyed_by);
