-- Pictures and files of a spark, made safe before they are kept; small is a picture's smaller one.
-- +goose Up
CREATE TABLE attachments (
  region_id     TEXT   NOT NULL,
  spark_id      BIGINT NOT NULL,
  attachment_id BIGINT NOT NULL,
  kind          TEXT   NOT NULL,
  name          TEXT   NOT NULL,
  alt           TEXT   NOT NULL,
  bytes         BIGINT NOT NULL,
  width         BIGINT NOT NULL,
  height        BIGINT NOT NULL,
  sha256        TEXT   NOT NULL,
  officer_id    BIGINT NOT NULL,
  added_at      BIGINT NOT NULL,
  small         BYTEA  NOT NULL,
  content       BYTEA  NOT NULL,
  PRIMARY KEY (region_id, spark_id, attachment_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
