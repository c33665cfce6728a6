-- +goose Up
CREATE INDEX actor_members_by_organisation ON actor_members (region_id, organisation_id, actor_id);
