-- sparks_awaiting is the same and more.
-- +goose Up
DROP INDEX sparks_waiting;
