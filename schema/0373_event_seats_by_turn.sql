-- +goose Up
CREATE INDEX event_seats_by_turn ON event_seats (region_id, event_id, state, turn);
