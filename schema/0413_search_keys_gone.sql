-- The index is made anew with the region and the number of each thing beside its keys.
-- +goose Up
{unkeyed search_keys of search_texts lemmas, parts, roots};
