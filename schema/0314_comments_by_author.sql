-- +goose Up
CREATE INDEX comments_by_author ON comments (region_id, author_kind, author_id, comment_id);
