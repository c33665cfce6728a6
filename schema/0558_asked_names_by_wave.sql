-- +goose Up
CREATE INDEX asked_names_by_wave ON asked_names (region_id, wave_id, naming_id);
