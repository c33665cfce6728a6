-- How soon an officer hears of the talk beneath the sparks they answer for; who has chosen nothing has no row.
-- +goose Up
CREATE TABLE talk_paces (
  region_id  TEXT   NOT NULL,
  officer_id BIGINT NOT NULL,
  pace       TEXT   NOT NULL,
  PRIMARY KEY (region_id, officer_id)
);
