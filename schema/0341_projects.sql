-- Public projects with their money, as the list they came from tells; money in cents.
-- +goose Up
CREATE TABLE projects (
  region_id     TEXT   NOT NULL,
  project_id    BIGINT NOT NULL,
  source        TEXT   NOT NULL,
  code          TEXT   NOT NULL,
  title         TEXT   NOT NULL,
  summary       TEXT   NOT NULL,
  fund          TEXT   NOT NULL,
  programme     TEXT   NOT NULL,
  axis          TEXT   NOT NULL,
  authority     TEXT   NOT NULL,
  state         TEXT   NOT NULL,
  period        TEXT   NOT NULL,
  start_day     BIGINT NOT NULL,
  end_day       BIGINT NOT NULL,
  spelling_id   BIGINT NOT NULL,
  granted_cents BIGINT NOT NULL,
  paid_cents    BIGINT NOT NULL,
  planned_cents BIGINT NOT NULL,
  actual_cents  BIGINT NOT NULL,
  digest        TEXT   NOT NULL,
  import_id     BIGINT NOT NULL,
  seen_in       BIGINT NOT NULL,
  PRIMARY KEY (region_id, project_id),
  UNIQUE (region_id, source, code),
  FOREIGN KEY (region_id) REFERENCES regions (region_id)
);
