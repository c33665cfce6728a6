-- From a key to the things that have it.
-- +goose Up
CREATE {keys search_keys of search_texts lemmas, parts, roots};
