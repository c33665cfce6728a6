-- Where each recipient of a circular stands, marked before anything of the letter leaves. No text and no address.
-- +goose Up
CREATE TABLE deliveries (
  region_id    TEXT   NOT NULL,
  recipient_id BIGINT NOT NULL,
  circular_id  BIGINT NOT NULL,
  state        TEXT   NOT NULL,
  tries        BIGINT NOT NULL,
  reply        TEXT   NOT NULL,
  at           BIGINT NOT NULL,
  PRIMARY KEY (region_id, recipient_id, circular_id),
  FOREIGN KEY (region_id, circular_id) REFERENCES circulars (region_id, circular_id)
);
