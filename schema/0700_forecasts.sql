-- How likely a spark was said to catch fire, and by what: one row each time its inputs had changed. chance_*, in thousandths, and reach_* are -1 where nothing is said. inputs and spread hold counts only, of no person.
-- +goose Up
CREATE TABLE forecasts (
  region_id   TEXT   NOT NULL,
  spark_id    BIGINT NOT NULL,
  forecast_id BIGINT NOT NULL,
  made_at     BIGINT NOT NULL,
  why         TEXT   NOT NULL,
  definition  TEXT   NOT NULL,
  model       TEXT   NOT NULL,
  digest      TEXT   NOT NULL,
  evidence    TEXT   NOT NULL,
  finished    BIGINT NOT NULL,
  caught      BIGINT NOT NULL,
  chance_low  BIGINT NOT NULL,
  chance      BIGINT NOT NULL,
  chance_high BIGINT NOT NULL,
  reach_low   BIGINT NOT NULL,
  reach       BIGINT NOT NULL,
  reach_high  BIGINT NOT NULL,
  due_at      BIGINT NOT NULL,
  inputs      {json} NOT NULL,
  spread      {json} NOT NULL,
  outcome     TEXT   NOT NULL,
  scored_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, forecast_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
