-- Leases that ran out: the process that held them is gone or stuck.
-- +goose Up
CREATE INDEX jobs_running ON jobs (lease_until, job_id) WHERE state = 'running';
