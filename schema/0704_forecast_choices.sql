-- Whether everybody may see the forecast of a spark, as its bringer chose and when; the latest holds.
-- +goose Up
CREATE TABLE forecast_choices (
  region_id  TEXT    NOT NULL,
  spark_id   BIGINT  NOT NULL,
  bringer_id BIGINT  NOT NULL,
  chosen_at  BIGINT  NOT NULL,
  shown      BOOLEAN NOT NULL,
  PRIMARY KEY (region_id, spark_id, bringer_id, chosen_at),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
