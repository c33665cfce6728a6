-- Words that were looked for and are found nowhere, a month at a time: of each as many marks as different readers leave, at most 63. Who asked stands nowhere.
-- +goose Up
CREATE TABLE demand_words (
  region_id TEXT   NOT NULL,
  month     BIGINT NOT NULL,
  word      TEXT   NOT NULL,
  marks     BIGINT NOT NULL,
  PRIMARY KEY (region_id, month, word)
);
