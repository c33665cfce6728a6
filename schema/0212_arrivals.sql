-- What came from where within the day, as hashes: for floods and repeated texts. Kept while something waits for a look.
-- +goose Up
CREATE TABLE arrivals (
  region_id    TEXT    NOT NULL REFERENCES regions (region_id),
  kind         TEXT    NOT NULL,
  item_id      BIGINT  NOT NULL,
  author_hash  TEXT    NOT NULL,
  network_hash TEXT    NOT NULL,
  text_hash    TEXT    NOT NULL,
  arrived_at   BIGINT  NOT NULL,
  waits        BOOLEAN NOT NULL,
  PRIMARY KEY (region_id, kind, item_id)
);
