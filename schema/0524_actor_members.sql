-- Of which organisation a person is, as somebody told: one that is known, or a name nobody knows yet.
-- +goose Up
CREATE TABLE actor_members (
  region_id       TEXT   NOT NULL,
  actor_id        BIGINT NOT NULL,
  member_id       BIGINT NOT NULL,
  organisation_id BIGINT NOT NULL,
  named           TEXT   NOT NULL,
  role            TEXT   NOT NULL,
  told_by         TEXT   NOT NULL,
  since_day       BIGINT NOT NULL,
  until_day       BIGINT NOT NULL,
  told_at         BIGINT NOT NULL,
  PRIMARY KEY (region_id, actor_id, member_id),
  FOREIGN KEY (region_id, actor_id) REFERENCES people (region_id, actor_id)
);
