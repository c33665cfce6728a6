-- +goose Up
CREATE INDEX mergings_into ON mergings (region_id, into_id, since_beat);
