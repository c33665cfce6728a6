-- The projects of one organisation, the newest first.
-- +goose Up
CREATE INDEX projects_by_spelling ON projects (region_id, spelling_id, project_id);
