-- The meetings of a partnership table, with what was noted there, once.
-- +goose Up
CREATE TABLE table_meetings (
  region_id   TEXT   NOT NULL,
  table_id    BIGINT NOT NULL,
  meeting     BIGINT NOT NULL,
  begins_at   BIGINT NOT NULL,
  ends_at     BIGINT NOT NULL,
  venue       TEXT   NOT NULL,
  notes       TEXT   NOT NULL,
  noted_at    BIGINT NOT NULL,
  reminded_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, table_id, meeting)
);
