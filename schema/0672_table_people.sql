-- Who is at a partnership table, by their confirmed address; address 0 for who was put down by the office.
-- +goose Up
CREATE TABLE table_people (
  region_id    TEXT    NOT NULL,
  table_id     BIGINT  NOT NULL,
  person_id    BIGINT  NOT NULL,
  address_id   BIGINT  NOT NULL,
  name         TEXT    NOT NULL,
  organisation TEXT    NOT NULL,
  shown        BOOLEAN NOT NULL,
  tied         BOOLEAN NOT NULL,
  since_at     BIGINT  NOT NULL,
  PRIMARY KEY (region_id, table_id, person_id)
);
