-- The next steps agreed at a partnership table: who does what by which day. Person 0: nobody any more.
-- +goose Up
CREATE TABLE table_steps (
  region_id    TEXT   NOT NULL,
  table_id     BIGINT NOT NULL,
  step_id      BIGINT NOT NULL,
  person_id    BIGINT NOT NULL,
  what         TEXT   NOT NULL,
  by_day       BIGINT NOT NULL,
  state        TEXT   NOT NULL,
  made_at      BIGINT NOT NULL,
  ended_at     BIGINT NOT NULL,
  reminded_day BIGINT NOT NULL,
  PRIMARY KEY (region_id, table_id, step_id)
);
