-- +goose Up
CREATE INDEX wave_invites_to_mail ON wave_invites (region_id, wave_id, mailed_at, address_id);
