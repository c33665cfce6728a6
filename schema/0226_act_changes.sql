-- What an act changed of each spark: its small fields before and after.
-- +goose Up
CREATE TABLE act_changes (
  region_id TEXT   NOT NULL,
  spark_id  BIGINT NOT NULL,
  act_id    BIGINT NOT NULL,
  beat_id   BIGINT NOT NULL,
  before    {json} NOT NULL,
  after     {json} NOT NULL,
  undone_at BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, act_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id),
  FOREIGN KEY (region_id, act_id) REFERENCES acts (region_id, act_id)
);
