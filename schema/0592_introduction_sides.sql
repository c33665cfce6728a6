-- Who has a part in an introduction: who asks, who introduces, and whom they would meet; what each answered, and what came of it. Personal data.
-- +goose Up
CREATE TABLE introduction_sides (
  region_id       TEXT    NOT NULL,
  introduction_id BIGINT  NOT NULL,
  side            TEXT    NOT NULL,
  address_id      BIGINT  NOT NULL,
  officer_id      BIGINT  NOT NULL,
  actor_id        BIGINT  NOT NULL,
  email           TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  language        TEXT    NOT NULL,
  answer          TEXT    NOT NULL,
  tells           BOOLEAN NOT NULL,
  met             TEXT    NOT NULL,
  useful          TEXT    NOT NULL,
  came            TEXT    NOT NULL,
  answered_at     BIGINT  NOT NULL,
  link_hash       TEXT    NOT NULL,
  PRIMARY KEY (region_id, introduction_id, side),
  FOREIGN KEY (region_id, introduction_id) REFERENCES introductions (region_id, introduction_id)
);
