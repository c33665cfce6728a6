-- The talk of a spark as everybody reads it.
-- +goose Up
CREATE INDEX comments_placed ON comments (region_id, spark_id, placed, comment_id);
