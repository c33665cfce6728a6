-- Files of networks that the office sent: what of each was taken in, and the file itself while it waits. Personal data.
-- +goose Up
CREATE TABLE network_files (
  region_id     TEXT   NOT NULL,
  file_id       BIGINT NOT NULL,
  name          TEXT   NOT NULL,
  file          TEXT   NOT NULL,
  format        TEXT   NOT NULL,
  content       BYTEA  NOT NULL,
  state         TEXT   NOT NULL,
  ties          BIGINT NOT NULL,
  organisations BIGINT NOT NULL,
  persons       BIGINT NOT NULL,
  same          BIGINT NOT NULL,
  made_at       BIGINT NOT NULL,
  taken_at      BIGINT NOT NULL,
  PRIMARY KEY (region_id, file_id)
);
