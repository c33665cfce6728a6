-- What a spark is tagged against: theme, package, priority, value, network.
-- +goose Up
CREATE TABLE spark_tags (
  region_id TEXT    NOT NULL,
  spark_id  BIGINT  NOT NULL,
  kind      TEXT    NOT NULL,
  tag       TEXT    NOT NULL,
  listed    BOOLEAN NOT NULL,
  PRIMARY KEY (region_id, spark_id, kind, tag),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
