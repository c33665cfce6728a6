-- PostgreSQL's own way to keep numbers in an index of keys; SQLite's index has them already.
-- +goose Up
{numbered};
