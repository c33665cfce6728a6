-- The office's page of jobs that were given up.
-- +goose Up
CREATE INDEX jobs_dead ON jobs (job_id) WHERE state = 'dead';
