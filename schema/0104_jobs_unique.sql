-- At most one living job of a kind and key; the dead do not stand in the way.
-- +goose Up
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) WHERE unique_key <> '' AND state <> 'dead';
