-- For the nightly sweep.
-- +goose Up
CREATE INDEX sessions_by_expiry ON sessions (region_id, expires_at);
