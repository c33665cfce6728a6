-- What is to be told, and what became news between two moments.
-- +goose Up
CREATE INDEX search_news_by_moment ON search_news (region_id, news, row_id);
