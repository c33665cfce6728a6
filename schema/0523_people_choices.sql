-- What a person chose, and when they changed their mind: the last one holds.
-- +goose Up
CREATE TABLE people_choices (
  region_id TEXT    NOT NULL,
  actor_id  BIGINT  NOT NULL,
  choice    TEXT    NOT NULL,
  chosen_at BIGINT  NOT NULL,
  yes       BOOLEAN NOT NULL,
  PRIMARY KEY (region_id, actor_id, choice, chosen_at),
  FOREIGN KEY (region_id, actor_id) REFERENCES people (region_id, actor_id)
);
