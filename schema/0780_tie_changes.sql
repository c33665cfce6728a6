-- Whose ties, or what else of them is in the network, changed with which change of it: so that whoever keeps the network
-- in memory reads only that anew. 0 stands for everybody. The oldest go.
-- +goose Up
CREATE TABLE tie_changes (
  region_id TEXT   NOT NULL,
  version   BIGINT NOT NULL,
  actor_id  BIGINT NOT NULL,
  PRIMARY KEY (region_id, version, actor_id)
);
