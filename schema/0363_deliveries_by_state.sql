-- For what waits or went wrong of a circular.
-- +goose Up
CREATE INDEX deliveries_by_state ON deliveries (region_id, circular_id, state, recipient_id);
