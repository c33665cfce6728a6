-- The networks somebody is in.
-- +goose Up
CREATE INDEX network_members_by_actor ON network_members (region_id, actor_id, network_id);
