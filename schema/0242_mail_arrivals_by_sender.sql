-- +goose Up
CREATE INDEX mail_arrivals_by_sender ON mail_arrivals (region_id, sender_hash, arrived_at);
