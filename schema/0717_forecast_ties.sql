-- How often people came into a ring after somebody they are tied to had, by what ties them: sums over all, in thousandths. They go when anybody takes back that they are counted, and are counted anew.
-- +goose Up
CREATE TABLE forecast_ties (
  region_id TEXT   NOT NULL,
  class     TEXT   NOT NULL,
  tried     BIGINT NOT NULL,
  weighed   BIGINT NOT NULL,
  took      BIGINT NOT NULL,
  learnt_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, class)
);
