-- By how much what is said of reach is moved by what came of what was said before, by how old sparks were and by which day: of each twentieth, in the logarithm of one more than come (body), learnt of so many. Made anew with the scores, and taken away with them.
-- +goose Up
CREATE TABLE forecast_reach_moves (
  region_id TEXT   NOT NULL,
  age       BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  body      TEXT   NOT NULL,
  learnt_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, age, day)
);
