-- +goose Up
CREATE INDEX mails_by_state ON mails (region_id, state, mail_id);
