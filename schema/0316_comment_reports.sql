-- What readers tell the office of a comment. The words may be personal data.
-- +goose Up
CREATE TABLE comment_reports (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  comment_id BIGINT NOT NULL,
  report_id  BIGINT NOT NULL,
  reason     TEXT   NOT NULL,
  words      TEXT   NOT NULL,
  language   TEXT   NOT NULL,
  doubt      TEXT   NOT NULL,
  told_at    BIGINT NOT NULL,
  handled_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, comment_id, report_id),
  FOREIGN KEY (region_id, spark_id, comment_id) REFERENCES comments (region_id, spark_id, comment_id)
);
