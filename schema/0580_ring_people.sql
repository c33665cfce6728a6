-- Who is in the ring round a spark, in which role, and who may know it: beside its bringer, who brought it. Personal data.
-- +goose Up
CREATE TABLE ring_people (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  member_id  BIGINT NOT NULL,
  address_id BIGINT NOT NULL,
  role       TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  seen       TEXT   NOT NULL,
  brings     TEXT   NOT NULL,
  language   TEXT   NOT NULL,
  state      TEXT   NOT NULL,
  held       TEXT   NOT NULL,
  since_at   BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, member_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
