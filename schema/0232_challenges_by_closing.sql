-- +goose Up
CREATE INDEX challenges_by_closing ON challenges (region_id, closed_at, closes_day, challenge_id);
