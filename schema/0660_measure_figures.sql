-- What was counted of how the programme fares, by period: how many of how many, the value and its bounds in millionths. Nothing of anybody.
-- +goose Up
CREATE TABLE measure_figures (
  region_id  TEXT    NOT NULL REFERENCES regions (region_id),
  grain      TEXT    NOT NULL,
  from_day   BIGINT  NOT NULL,
  measure    TEXT    NOT NULL,
  part       TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  num        BIGINT  NOT NULL,
  den        BIGINT  NOT NULL,
  value      BIGINT  NOT NULL,
  low        BIGINT  NOT NULL,
  high       BIGINT  NOT NULL,
  ranged     BOOLEAN NOT NULL,
  expected   BIGINT  NOT NULL,
  chanced    BOOLEAN NOT NULL,
  counted_at BIGINT  NOT NULL,
  PRIMARY KEY (region_id, grain, from_day, measure, part)
);
