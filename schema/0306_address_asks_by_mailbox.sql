-- For how many letters a mailbox has been sent in a day.
-- +goose Up
CREATE INDEX address_asks_by_mailbox ON address_asks (region_id, mailbox_hash, asked_at);
