-- Whose matter another spark carries on, one row for each time: pages show what was said meanwhile also afterwards.
-- +goose Up
CREATE TABLE mergings (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  since_beat BIGINT NOT NULL,
  until_beat BIGINT NOT NULL,
  into_id    BIGINT NOT NULL,
  joined_to  BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, since_beat),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id),
  FOREIGN KEY (region_id, into_id) REFERENCES sparks (region_id, spark_id)
);
