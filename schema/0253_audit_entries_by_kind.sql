-- +goose Up
CREATE INDEX audit_entries_by_kind ON audit_entries (region_id, kind, entry_id);
