-- For taking an import back.
-- +goose Up
CREATE INDEX projects_by_import ON projects (region_id, import_id, project_id);
