-- How far the story of a spark would reach by simulation, the newest of each: body is counts by day, place and sector, of nobody. network tells what state of the network it is of. All of a region's go when anybody takes back that they are counted.
-- +goose Up
CREATE TABLE forecast_reach (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  made_at   BIGINT NOT NULL,
  model     TEXT   NOT NULL,
  digest    TEXT   NOT NULL,
  network   TEXT   NOT NULL,
  body      {json} NOT NULL,
  PRIMARY KEY (region_id, spark_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
