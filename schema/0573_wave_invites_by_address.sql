-- +goose Up
CREATE INDEX wave_invites_by_address ON wave_invites (region_id, address_id, wave_id);
