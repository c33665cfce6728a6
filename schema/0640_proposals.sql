-- Introductions that may be worth making, as they were proposed to the office one Monday: who to whom by number, by what it was chosen, and what the office said. Personal data.
-- +goose Up
CREATE TABLE proposals (
  region_id       TEXT   NOT NULL,
  proposal_id     BIGINT NOT NULL,
  week_day        BIGINT NOT NULL,
  spark_id        BIGINT NOT NULL,
  asker_id        BIGINT NOT NULL,
  other_id        BIGINT NOT NULL,
  kinds           TEXT   NOT NULL,
  state           TEXT   NOT NULL,
  reason          TEXT   NOT NULL,
  officer_id      BIGINT NOT NULL,
  decided_at      BIGINT NOT NULL,
  introduction_id BIGINT NOT NULL,
  PRIMARY KEY (region_id, proposal_id)
);
