-- For what else a letter quotes, and for erasing what it quoted with it.
-- +goose Up
CREATE INDEX mail_quotes_by_mail ON mail_quotes (region_id, mail_id);
