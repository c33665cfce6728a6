-- +goose Up
CREATE INDEX actor_spellings_by_actor ON actor_spellings (region_id, actor_id, spelling_id);
