-- What the office did to the standing of sparks: who, when and to which; so that it can be taken back.
-- +goose Up
CREATE TABLE acts (
  region_id  TEXT   NOT NULL REFERENCES regions (region_id),
  act_id     BIGINT NOT NULL,
  officer_id BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  what       TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  data       {json} NOT NULL,
  undone_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, act_id)
);
