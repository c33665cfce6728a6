-- What the office's answers to proposed introductions have taught: how much each kind of reason weighs, in thousandths, and how often it was refused and taken. Of reasons, not of people.
-- +goose Up
CREATE TABLE proposal_weights (
  region_id  TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  weight     BIGINT NOT NULL,
  refused    BIGINT NOT NULL,
  accepted   BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, kind)
);
