-- The edition of a choice's words that everybody's yes has been held against in a region, so that a start need not look at everybody.
-- +goose Up
CREATE TABLE choice_words (
  region_id TEXT   NOT NULL REFERENCES regions (region_id),
  choice    TEXT   NOT NULL,
  edition   BIGINT NOT NULL,
  PRIMARY KEY (region_id, choice)
);
