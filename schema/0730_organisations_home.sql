-- The municipality an organisation is at home in when it is none of the region's.
-- +goose Up
ALTER TABLE organisations ADD COLUMN home TEXT NOT NULL DEFAULT '';
