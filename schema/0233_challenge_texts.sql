-- What an open question says in each language, and what came of it.
-- +goose Up
CREATE TABLE challenge_texts (
  region_id    TEXT   NOT NULL REFERENCES regions (region_id),
  challenge_id BIGINT NOT NULL,
  language     TEXT   NOT NULL,
  title        TEXT   NOT NULL,
  question     TEXT   NOT NULL,
  background   TEXT   NOT NULL,
  criteria     {json} NOT NULL,
  outcome      TEXT   NOT NULL,
  PRIMARY KEY (region_id, challenge_id, language),
  FOREIGN KEY (region_id, challenge_id) REFERENCES challenges (region_id, challenge_id)
);
