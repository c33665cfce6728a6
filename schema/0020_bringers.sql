-- Who brought a spark and how they want to be reached: personal data, erasable by itself.
-- +goose Up
CREATE TABLE bringers (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  bringer_id BIGINT NOT NULL,
  name       TEXT   NOT NULL,
  email      TEXT   NOT NULL,
  phone      TEXT   NOT NULL,
  contact    TEXT   NOT NULL,
  language   TEXT   NOT NULL,
  owns_at    BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, bringer_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
