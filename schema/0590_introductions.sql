-- Somebody would like to meet somebody, and who would introduce them: how far it has come.
-- +goose Up
CREATE TABLE introductions (
  region_id       TEXT   NOT NULL,
  introduction_id BIGINT NOT NULL,
  spark_id        BIGINT NOT NULL,
  wanted          TEXT   NOT NULL,
  message         TEXT   NOT NULL,
  remark          TEXT   NOT NULL,
  state           TEXT   NOT NULL,
  why             TEXT   NOT NULL,
  began_at        BIGINT NOT NULL,
  turned_at       BIGINT NOT NULL,
  until_at        BIGINT NOT NULL,
  met_at          BIGINT NOT NULL,
  reminded_at     BIGINT NOT NULL,
  asked_at        BIGINT NOT NULL,
  told_at         BIGINT NOT NULL,
  heard_at        BIGINT NOT NULL,
  PRIMARY KEY (region_id, introduction_id)
);
