-- What to lease next, and when the next one is due: one look-up a lane.
-- +goose Up
CREATE INDEX jobs_waiting ON jobs (lane, run_at, job_id) WHERE state = 'waiting';
