-- What waits for the office's look: held, or told of by readers.
-- +goose Up
CREATE INDEX comments_waiting ON comments (region_id, waits, comment_id);
