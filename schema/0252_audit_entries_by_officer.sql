-- The log of one officer, and whether they have looked at the same thing today.
-- +goose Up
CREATE INDEX audit_entries_by_officer ON audit_entries (region_id, officer_id, entry_id);
