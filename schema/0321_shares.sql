-- A person's own link to a spark. Only a hash of its maker's secret, and of whose it is; nothing of who opens it.
-- +goose Up
CREATE TABLE shares (
  region_id   TEXT   NOT NULL REFERENCES regions (region_id),
  share_id    BIGINT NOT NULL,
  token       TEXT   NOT NULL,
  secret_hash TEXT   NOT NULL,
  spark_id    BIGINT NOT NULL,
  parent_id   BIGINT NOT NULL,
  depth       BIGINT NOT NULL,
  by_hash     TEXT   NOT NULL,
  made_at     BIGINT NOT NULL,
  PRIMARY KEY (region_id, share_id)
);
