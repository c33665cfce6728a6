-- Who stands in for whom, from and until which day (days since 1970, both included).
-- +goose Up
CREATE TABLE absences (
  region_id     TEXT   NOT NULL,
  absence_id    BIGINT NOT NULL,
  officer_id    BIGINT NOT NULL,
  substitute_id BIGINT NOT NULL,
  from_day      BIGINT NOT NULL,
  until_day     BIGINT NOT NULL,
  PRIMARY KEY (region_id, absence_id),
  FOREIGN KEY (region_id, officer_id) REFERENCES officers (region_id, officer_id),
  FOREIGN KEY (region_id, substitute_id) REFERENCES officers (region_id, officer_id)
);
