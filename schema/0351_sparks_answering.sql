-- How many listed sparks answer a question, from the index alone.
-- +goose Up
CREATE INDEX sparks_answering ON sparks (region_id, challenge_id, listed, spark_id);
