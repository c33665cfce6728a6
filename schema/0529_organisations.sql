-- What the office has noted of an organisation. Public facts, as its name is.
-- +goose Up
CREATE TABLE organisations (
  region_id   TEXT   NOT NULL,
  actor_id    BIGINT NOT NULL,
  legal       TEXT   NOT NULL,
  business_id TEXT   NOT NULL,
  sector      TEXT   NOT NULL,
  place_id    TEXT   NOT NULL,
  part_of     BIGINT NOT NULL,
  noted_at    BIGINT NOT NULL,
  PRIMARY KEY (region_id, actor_id),
  FOREIGN KEY (region_id, actor_id) REFERENCES actors (region_id, actor_id)
);
