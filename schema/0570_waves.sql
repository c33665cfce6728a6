-- Waves in which the office asks a network, or who follows a theme, whom they would ask about something; texts is JSON by language.
-- +goose Up
CREATE TABLE waves (
  region_id  TEXT   NOT NULL,
  wave_id    BIGINT NOT NULL,
  language   TEXT   NOT NULL,
  texts      {json} NOT NULL,
  network_id BIGINT NOT NULL,
  theme      TEXT   NOT NULL,
  begins     BIGINT NOT NULL,
  ends       BIGINT NOT NULL,
  closed_at  BIGINT NOT NULL,
  made_at    BIGINT NOT NULL,
  PRIMARY KEY (region_id, wave_id)
);
