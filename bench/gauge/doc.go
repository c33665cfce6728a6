// Package gauge is what measurements share: how long the processor has worked, how much
// memory is held, and files that are packed or not.
//
// Finnish: mittari. Called by bench/cascade, bench/finnish, bench/knowwho, bench/search and
// bench/spread.
package gauge
