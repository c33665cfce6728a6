-- +goose Up
CREATE INDEX wave_invites_by_link ON wave_invites (region_id, link_hash);
