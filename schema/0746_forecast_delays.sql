-- How long it was until people came into a ring after somebody they are tied to had: how many did, and their days together, in thousandths. It goes when anybody takes back that they are counted, and is counted anew.
-- +goose Up
CREATE TABLE forecast_delays (
  region_id TEXT   NOT NULL,
  took      BIGINT NOT NULL,
  days      BIGINT NOT NULL,
  learnt_at BIGINT NOT NULL,
  PRIMARY KEY (region_id)
);
