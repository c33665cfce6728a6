-- What speaks for what a person knows: their own words, what they offer or look for, the topics they kept or dropped, and what they did, with where that is known from.
-- +goose Up
CREATE TABLE knowhow_items (
  region_id   TEXT    NOT NULL,
  actor_id    BIGINT  NOT NULL,
  item_id     BIGINT  NOT NULL,
  kind        TEXT    NOT NULL,
  state       TEXT    NOT NULL,
  together    BOOLEAN NOT NULL,
  text        TEXT    NOT NULL,
  language    TEXT    NOT NULL,
  source      TEXT    NOT NULL,
  source_id   BIGINT  NOT NULL,
  happened_at BIGINT  NOT NULL,
  written_at  BIGINT  NOT NULL,
  PRIMARY KEY (region_id, actor_id, item_id),
  FOREIGN KEY (region_id, actor_id) REFERENCES people (region_id, actor_id)
);
