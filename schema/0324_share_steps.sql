-- How often a link was opened, and what came of it: a count a day and nothing else.
-- +goose Up
CREATE TABLE share_steps (
  region_id TEXT   NOT NULL,
  share_id  BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  step      TEXT   NOT NULL,
  n         BIGINT NOT NULL,
  PRIMARY KEY (region_id, share_id, day, step),
  FOREIGN KEY (region_id, share_id) REFERENCES shares (region_id, share_id)
);
