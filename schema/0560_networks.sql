-- Networks that have a name: what for, who keeps them together, in which phase of life, from when to when, and which one took over.
-- texts: by language a name and a purpose.
-- +goose Up
CREATE TABLE networks (
  region_id      TEXT    NOT NULL,
  network_id     BIGINT  NOT NULL,
  slug           TEXT    NOT NULL,
  language       TEXT    NOT NULL,
  texts          {json}  NOT NULL,
  programme_key  TEXT    NOT NULL,
  national       BOOLEAN NOT NULL,
  page           TEXT    NOT NULL,
  coordinator_id BIGINT  NOT NULL,
  phase          TEXT    NOT NULL,
  phase_at       BIGINT  NOT NULL,
  begins         BIGINT  NOT NULL,
  ends           BIGINT  NOT NULL,
  closed_at      BIGINT  NOT NULL,
  heir_id        BIGINT  NOT NULL,
  made_at        BIGINT  NOT NULL,
  version        BIGINT  NOT NULL,
  PRIMARY KEY (region_id, network_id)
);
