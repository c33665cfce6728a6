-- From a region, a key and a number to the things that have it, those put since then.
-- +goose Up
{rekeyed search_keys of search_texts lemmas, parts, roots};
