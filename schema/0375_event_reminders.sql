-- Of which events, as they then were to begin, everybody with a place has been reminded.
-- +goose Up
CREATE TABLE event_reminders (
  region_id TEXT   NOT NULL,
  event_id  BIGINT NOT NULL,
  begins_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, event_id, begins_at),
  FOREIGN KEY (region_id, event_id) REFERENCES events (region_id, event_id)
);
