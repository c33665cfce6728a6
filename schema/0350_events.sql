-- What the office holds: where, when, for how many; what it says in each language is one document.
-- +goose Up
CREATE TABLE events (
  region_id    TEXT   NOT NULL REFERENCES regions (region_id),
  event_id     BIGINT NOT NULL,
  language     TEXT   NOT NULL,
  texts        {json} NOT NULL,
  place_id     TEXT   NOT NULL,
  venue        TEXT   NOT NULL,
  begins_at    BIGINT NOT NULL,
  ends_at      BIGINT NOT NULL,
  sign_up      BOOLEAN NOT NULL,
  capacity     BIGINT NOT NULL,
  taken        BIGINT NOT NULL,
  made_at      BIGINT NOT NULL,
  published_at BIGINT NOT NULL,
  changed_at   BIGINT NOT NULL,
  cancelled_at BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  PRIMARY KEY (region_id, event_id)
);
