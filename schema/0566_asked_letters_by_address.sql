-- +goose Up
CREATE INDEX asked_letters_by_address ON asked_letters (region_id, address_id, sent_at);
