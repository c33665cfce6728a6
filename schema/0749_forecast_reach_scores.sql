-- How right what was said of reach has been, by how old sparks were and by which day: how many were scored, how many came within the range, and the error (CRPS of the logarithm, in thousandths) beside that of what was usual until then. usual_* is how many usually come. Made anew each night, and when anybody takes back that they are counted.
-- +goose Up
CREATE TABLE forecast_reach_scores (
  region_id  TEXT   NOT NULL,
  age        BIGINT NOT NULL,
  day        BIGINT NOT NULL,
  number     BIGINT NOT NULL,
  inside     BIGINT NOT NULL,
  error      BIGINT NOT NULL,
  base       BIGINT NOT NULL,
  usual_low  BIGINT NOT NULL,
  usual      BIGINT NOT NULL,
  usual_high BIGINT NOT NULL,
  scored_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, age, day)
);
