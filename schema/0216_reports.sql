-- What readers tell the office of a spark that should not be seen, and what came of it. The words and the address are personal data.
-- +goose Up
CREATE TABLE reports (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  report_id  BIGINT NOT NULL,
  reason     TEXT   NOT NULL,
  words      TEXT   NOT NULL,
  email      TEXT   NOT NULL,
  language   TEXT   NOT NULL,
  doubt      TEXT   NOT NULL,
  told_at    BIGINT NOT NULL,
  handled_at BIGINT NOT NULL,
  outcome    TEXT   NOT NULL,
  officer_id BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, report_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
