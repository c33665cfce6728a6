-- For the links of one person.
-- +goose Up
CREATE INDEX shares_by_person ON shares (region_id, by_hash, share_id);
