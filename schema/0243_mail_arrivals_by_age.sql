-- For forgetting them, for counting an hour's, and for telling when the last one came.
-- +goose Up
CREATE INDEX mail_arrivals_by_age ON mail_arrivals (region_id, arrived_at);
