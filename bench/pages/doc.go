// Command pages measures the pages of the real program, started as it is in use, on
// stores of many sizes and on both engines, beside a bare net/http handler that sends
// as many bytes in the same run:
//
//	go run ./bench/pages -data DIR -sizes 1000,10000
//	go run ./bench/pages -data DIR -sizes 1000 -postgres postgres://…
//
// It speaks to this machine only, for a bounded time and number of requests, and
// prints a table in Markdown; docs/benchmarks.md says how to read it.
//
// Finnish: sivujen mittaus. Called by make bench-pages.
package main
