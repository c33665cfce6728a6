-- sparks_alone is in the order they are listed in.
-- +goose Up
DROP INDEX sparks_lone;
