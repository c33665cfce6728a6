-- Who was at which meeting.
-- +goose Up
CREATE TABLE table_present (
  region_id TEXT   NOT NULL,
  table_id  BIGINT NOT NULL,
  meeting   BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  PRIMARY KEY (region_id, table_id, meeting, person_id)
);
