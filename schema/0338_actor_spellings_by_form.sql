-- +goose Up
CREATE INDEX actor_spellings_by_form ON actor_spellings (region_id, form, spelling_id);
