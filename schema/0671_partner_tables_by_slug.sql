-- +goose Up
CREATE UNIQUE INDEX partner_tables_by_slug ON partner_tables (region_id, slug);
