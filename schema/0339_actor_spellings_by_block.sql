-- +goose Up
CREATE INDEX actor_spellings_by_block ON actor_spellings (region_id, block, spelling_id);
