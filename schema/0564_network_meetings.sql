-- Events that are a network's meetings.
-- +goose Up
CREATE TABLE network_meetings (
  region_id  TEXT   NOT NULL,
  network_id BIGINT NOT NULL,
  event_id   BIGINT NOT NULL,
  PRIMARY KEY (region_id, network_id, event_id)
);
