-- Whose words a letter carries, so that they can be taken out of it: a comment's, say.
-- +goose Up
CREATE TABLE mail_quotes (
  region_id TEXT   NOT NULL REFERENCES regions (region_id),
  quoted_id BIGINT NOT NULL,
  mail_id   BIGINT NOT NULL,
  PRIMARY KEY (region_id, quoted_id, mail_id)
);
