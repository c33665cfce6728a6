-- Letters that came in, known by digests only: one taken twice is taken once, and nobody sends too many.
-- +goose Up
CREATE TABLE mail_arrivals (
  region_id   TEXT   NOT NULL REFERENCES regions (region_id),
  letter_hash TEXT   NOT NULL,
  sender_hash TEXT   NOT NULL,
  spark_id    BIGINT NOT NULL,
  arrived_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, letter_hash)
);
