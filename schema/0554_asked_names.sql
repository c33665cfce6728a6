-- Whom somebody would ask about something: an organisation, or a person by the name the asker wrote. A person is the asker's own note
-- until they agree; their address is kept only while a letter waits for its answer. Personal data.
-- +goose Up
CREATE TABLE asked_names (
  region_id    TEXT    NOT NULL,
  naming_id    BIGINT  NOT NULL,
  wave_id      BIGINT  NOT NULL,
  address_id   BIGINT  NOT NULL,
  person_id    BIGINT  NOT NULL,
  actor_id     BIGINT  NOT NULL,
  organisation BOOLEAN NOT NULL,
  topic        TEXT    NOT NULL,
  named        TEXT    NOT NULL,
  often        BIGINT  NOT NULL,
  well         BIGINT  NOT NULL,
  state        TEXT    NOT NULL,
  email        TEXT    NOT NULL,
  language     TEXT    NOT NULL,
  link_hash    TEXT    NOT NULL,
  made_at      BIGINT  NOT NULL,
  at           BIGINT  NOT NULL,
  turned_at    BIGINT  NOT NULL,
  until_at     BIGINT  NOT NULL,
  PRIMARY KEY (region_id, naming_id)
);
