-- Questions to a spark's bringer that stand open.
-- +goose Up
CREATE INDEX comments_unanswered ON comments (region_id, spark_id, unanswered, comment_id);
