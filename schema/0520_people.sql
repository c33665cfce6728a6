-- People who have made themselves known by a confirmed address, with what they chose. An organisation is a row of actors; their numbers are of one kind.
-- +goose Up
CREATE TABLE people (
  region_id  TEXT    NOT NULL REFERENCES regions (region_id),
  actor_id   BIGINT  NOT NULL,
  address_id BIGINT  NOT NULL,
  name       TEXT    NOT NULL,
  place_id   TEXT    NOT NULL,
  sector     TEXT    NOT NULL,
  languages  TEXT    NOT NULL,
  pace       BIGINT  NOT NULL,
  busy       BOOLEAN NOT NULL,
  busy_day   BIGINT  NOT NULL,
  findable   BOOLEAN NOT NULL,
  drawn      BOOLEAN NOT NULL,
  counted    BOOLEAN NOT NULL,
  federated  BOOLEAN NOT NULL,
  made_at    BIGINT  NOT NULL,
  PRIMARY KEY (region_id, actor_id),
  FOREIGN KEY (region_id, address_id) REFERENCES addresses (region_id, address_id)
);
