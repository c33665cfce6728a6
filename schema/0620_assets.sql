-- What the region has to lend or share: halls, kitchens, machines, skill on offer. address_id is who told of it and keeps it up to date, 0 for the office.
-- +goose Up
CREATE TABLE assets (
  region_id  TEXT   NOT NULL REFERENCES regions (region_id),
  asset_id   BIGINT NOT NULL,
  address_id BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  title      TEXT   NOT NULL,
  about      TEXT   NOT NULL,
  language   TEXT   NOT NULL,
  place_id   TEXT   NOT NULL,
  venue      TEXT   NOT NULL,
  owned      TEXT   NOT NULL,
  named      TEXT   NOT NULL,
  owner_id   BIGINT NOT NULL,
  terms      TEXT   NOT NULL,
  calendar   TEXT   NOT NULL,
  contact    TEXT   NOT NULL,
  state      TEXT   NOT NULL,
  note       TEXT   NOT NULL,
  told_at    BIGINT NOT NULL,
  since_at   BIGINT NOT NULL,
  held_at    BIGINT NOT NULL,
  asked_at   BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  PRIMARY KEY (region_id, asset_id)
);
