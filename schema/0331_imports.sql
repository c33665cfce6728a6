-- One reading of somebody's file: what it is, how it was read and how far it has come.
-- +goose Up
CREATE TABLE imports (
  region_id  TEXT   NOT NULL REFERENCES regions (region_id),
  import_id  BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  source     TEXT   NOT NULL,
  file       TEXT   NOT NULL,
  digest     TEXT   NOT NULL,
  how        {json} NOT NULL,
  state      TEXT   NOT NULL,
  at_line    BIGINT NOT NULL,
  at_byte    BIGINT NOT NULL,
  bytes      BIGINT NOT NULL,
  added      BIGINT NOT NULL,
  changed    BIGINT NOT NULL,
  same       BIGINT NOT NULL,
  kept       BIGINT NOT NULL,
  rejected   BIGINT NOT NULL,
  begun_at   BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL,
  PRIMARY KEY (region_id, import_id)
);
