-- "I do this by that date": of somebody in the ring, or of the bringer (member 0). reminded_day and asked_day are the days that reminders have gone out for. Personal data.
-- +goose Up
CREATE TABLE commitments (
  region_id     TEXT   NOT NULL,
  spark_id      BIGINT NOT NULL,
  commitment_id BIGINT NOT NULL,
  member_id     BIGINT NOT NULL,
  what          TEXT   NOT NULL,
  by_day        BIGINT NOT NULL,
  state         TEXT   NOT NULL,
  moves         BIGINT NOT NULL,
  made_at       BIGINT NOT NULL,
  ended_at      BIGINT NOT NULL,
  reminded_day  BIGINT NOT NULL,
  asked_day     BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, commitment_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
