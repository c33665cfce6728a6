-- The questions the office puts to everyone: when each is open, and which sparks were taken on. No personal data.
-- +goose Up
CREATE TABLE challenges (
  region_id    TEXT   NOT NULL REFERENCES regions (region_id),
  challenge_id BIGINT NOT NULL,
  language     TEXT   NOT NULL,
  opens_day    BIGINT NOT NULL,
  closes_day   BIGINT NOT NULL,
  themes       {json} NOT NULL,
  taken        {json} NOT NULL,
  made_at      BIGINT NOT NULL,
  published_at BIGINT NOT NULL,
  changed_at   BIGINT NOT NULL,
  closed_at    BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  PRIMARY KEY (region_id, challenge_id)
);
