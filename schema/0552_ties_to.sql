-- Who is tied to an actor.
-- +goose Up
CREATE INDEX ties_to ON ties (region_id, to_id, from_id);
