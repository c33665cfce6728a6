-- From a spark to what is found of it.
-- +goose Up
CREATE INDEX search_things_about ON search_things (region_id, about_id);
