-- Letters that go to many: one row each, with how far it has come. Whom it went to is in deliveries.
-- +goose Up
CREATE TABLE circulars (
  region_id   TEXT   NOT NULL REFERENCES regions (region_id),
  circular_id BIGINT NOT NULL,
  purpose     TEXT   NOT NULL,
  spark_id    BIGINT NOT NULL,
  data        {json} NOT NULL,
  created_at  BIGINT NOT NULL,
  after_id    BIGINT NOT NULL,
  sent        BIGINT NOT NULL,
  failed      BIGINT NOT NULL,
  unsure      BIGINT NOT NULL,
  note        TEXT   NOT NULL,
  done_at     BIGINT NOT NULL,
  PRIMARY KEY (region_id, circular_id)
);
