-- Who has said "me too" of a spark, once each; and what more they offered, and whether the bringer may know it. Personal data.
-- +goose Up
CREATE TABLE warmths (
  region_id  TEXT    NOT NULL,
  spark_id   BIGINT  NOT NULL,
  address_id BIGINT  NOT NULL,
  offer      TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  shared     BOOLEAN NOT NULL,
  since_at   BIGINT  NOT NULL,
  PRIMARY KEY (region_id, spark_id, address_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
