-- What is new among what can be found, but for sparks, whose story tells: 0 until it has been told, then since when it is
-- news, as the number of that moment.
-- +goose Up
CREATE TABLE search_news (
  region_id TEXT   NOT NULL,
  row_id    BIGINT NOT NULL,
  news      BIGINT NOT NULL,
  PRIMARY KEY (region_id, row_id)
);
