-- The same as forecast_ties, of those who had shown that they care for what a spark is of, and of the others: sums over all, in thousandths. They go when anybody takes back that they are counted, and are counted anew.
-- +goose Up
CREATE TABLE forecast_themes (
  region_id TEXT    NOT NULL,
  cared     BOOLEAN NOT NULL,
  tried     BIGINT  NOT NULL,
  weighed   BIGINT  NOT NULL,
  took      BIGINT  NOT NULL,
  learnt_at BIGINT  NOT NULL,
  PRIMARY KEY (region_id, cared)
);
