// Command pages measures the pages of the real program, started as it is in use, on
// stores of many sizes and on both engines, beside a bare net/http handler that sends
// as many bytes in the same run:
//
//	go run ./bench/pages -data DIR -sizes 1000,10000
//	go run ./bench/pages -data DIR -sizes 1000 -postgres postgres://…
//	go run ./bench/pages fire -actors 100000 -rate 20
//
// fire measures what a spark's bringer waits for, its forecast and whom to involve next, in
// a region of so many people and organisations, while others read so many pages a second.
//
// It speaks to this machine only, for a bounded time and number of requests, and
// prints a table in Markdown; docs/benchmarks.md says how to read it.
//
// Finnish: sivujen mittaus. Called by make bench-pages and make bench-fire.
package main
