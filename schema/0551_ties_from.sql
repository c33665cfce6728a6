-- Whom an actor is tied to, and the whole network in pieces.
-- +goose Up
CREATE INDEX ties_from ON ties (region_id, from_id, to_id);
