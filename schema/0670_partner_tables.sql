-- Partnership tables: what each is about, who calls it together, for how many meetings, and what came of it.
-- +goose Up
CREATE TABLE partner_tables (
  region_id TEXT   NOT NULL,
  table_id  BIGINT NOT NULL,
  slug      TEXT   NOT NULL,
  language  TEXT   NOT NULL,
  texts     {json} NOT NULL,
  convener  TEXT   NOT NULL,
  meetings  BIGINT NOT NULL,
  renewed   BIGINT NOT NULL,
  reason    TEXT   NOT NULL,
  made_at   BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  result    TEXT   NOT NULL,
  version   BIGINT NOT NULL,
  PRIMARY KEY (region_id, table_id)
);
