-- For everything that came under one address.
-- +goose Up
CREATE INDEX bringers_by_email ON bringers (region_id, email, spark_id);
