-- What a spark with others joined to it would be by itself: its own promise and title, and how many people the others bring.
-- +goose Up
CREATE TABLE clusters (
  region_id        TEXT   NOT NULL,
  spark_id         BIGINT NOT NULL,
  due_day          BIGINT NOT NULL,
  waiting_since_at BIGINT NOT NULL,
  joined           BIGINT NOT NULL,
  title            TEXT   NOT NULL,
  title_of         BIGINT NOT NULL,
  PRIMARY KEY (region_id, spark_id),
  FOREIGN KEY (region_id, spark_id) REFERENCES sparks (region_id, spark_id)
);
