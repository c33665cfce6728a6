-- How many counted people more a spark was said to reach by a day, as it was said when it was so many days old; and how many really came, by a definition, -1 until that is known. body is the twentieths of what was said. Counts alone, of nobody. What is not due goes when anybody takes back that they are counted, and what is is counted anew without them.
-- +goose Up
CREATE TABLE forecast_reach_said (
  region_id  TEXT   NOT NULL,
  spark_id   BIGINT NOT NULL,
  age        BIGINT NOT NULL,
  day        BIGINT NOT NULL,
  definition TEXT   NOT NULL,
  model      TEXT   NOT NULL,
  made_at    BIGINT NOT NULL,
  low        BIGINT NOT NULL,
  mid        BIGINT NOT NULL,
  high       BIGINT NOT NULL,
  body       {json} NOT NULL,
  due_at     BIGINT NOT NULL,
  came       BIGINT NOT NULL,
  scored_at  BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id, age, day),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
