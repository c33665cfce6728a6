-- Which words of a choice somebody said yes to the last time, by their edition; no row for the first edition. A yes to earlier words does not hold: they are asked anew. Personal data.
-- +goose Up
CREATE TABLE people_words (
  region_id TEXT   NOT NULL,
  actor_id  BIGINT NOT NULL,
  choice    TEXT   NOT NULL,
  edition   BIGINT NOT NULL,
  PRIMARY KEY (region_id, actor_id, choice),
  FOREIGN KEY (region_id, actor_id) REFERENCES people (region_id, actor_id)
);
