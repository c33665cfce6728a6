-- Who has signed up, by their confirmed address: with a place, or waiting for one in the order they came.
-- +goose Up
CREATE TABLE event_seats (
  region_id  TEXT   NOT NULL,
  event_id   BIGINT NOT NULL,
  address_id BIGINT NOT NULL,
  name       TEXT   NOT NULL,
  people     BIGINT NOT NULL,
  state      TEXT   NOT NULL,
  turn       BIGINT NOT NULL,
  since_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, event_id, address_id),
  FOREIGN KEY (region_id, event_id) REFERENCES events (region_id, event_id),
  FOREIGN KEY (region_id, address_id) REFERENCES addresses (region_id, address_id)
);
