-- The outline a version's file names, as it was published with it; '' where it
-- names none, or where it was published before the outline was kept.
-- +goose Up
ALTER TABLE programme_versions ADD COLUMN map TEXT NOT NULL DEFAULT '';
