-- Who is in a network, from when to when: organisations by the office's word, persons by their own.
-- +goose Up
CREATE TABLE network_members (
  region_id  TEXT   NOT NULL,
  network_id BIGINT NOT NULL,
  actor_id   BIGINT NOT NULL,
  since_day  BIGINT NOT NULL,
  until_day  BIGINT NOT NULL,
  told_at    BIGINT NOT NULL,
  PRIMARY KEY (region_id, network_id, actor_id)
);
