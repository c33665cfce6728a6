-- sparks_calling is the same and more.
-- +goose Up
DROP INDEX sparks_to_call;
