-- What ties two actors, once for each source: a project, a ring, an introduction, what somebody has said. weight is how much
-- it tells when it is new, in thousandths; how time weakens it is counted when it is read.
-- +goose Up
CREATE TABLE ties (
  region_id TEXT   NOT NULL,
  why       TEXT   NOT NULL,
  source_id BIGINT NOT NULL,
  from_id   BIGINT NOT NULL,
  to_id     BIGINT NOT NULL,
  kind      TEXT   NOT NULL,
  weight    BIGINT NOT NULL,
  since_at  BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  until_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, why, source_id, from_id, to_id)
);
