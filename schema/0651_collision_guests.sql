-- Who sits at them: what they bring and look for, their table of each round, and whether it may be known whom they met. Address 0: put down by the office.
-- +goose Up
CREATE TABLE collision_guests (
  region_id    TEXT    NOT NULL,
  event_id     BIGINT  NOT NULL,
  guest_id     BIGINT  NOT NULL,
  address_id   BIGINT  NOT NULL,
  name         TEXT    NOT NULL,
  organisation TEXT    NOT NULL,
  place_id     TEXT    NOT NULL,
  brings       TEXT    NOT NULL,
  looks        TEXT    NOT NULL,
  language     TEXT    NOT NULL,
  tables       {json}  NOT NULL,
  present      BOOLEAN NOT NULL,
  asked_at     BIGINT  NOT NULL,
  met          TEXT    NOT NULL,
  met_at       BIGINT  NOT NULL,
  since_at     BIGINT  NOT NULL,
  PRIMARY KEY (region_id, event_id, guest_id)
);
