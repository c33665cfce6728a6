// Command fill makes a store full of invented sparks, to see what Kokko is like with
// many of them:
//
//	go run ./bench/fill -data DIR -sparks 100000
//	go run ./bench/fill -database postgres://… -sparks 100000
//
// The store must hold no sparks yet. See docs/benchmarks.md.
//
// Finnish: täyttö. Called by hand; bench/pages fills its own stores.
package main
