// Package storetest is the test kit of the store: a real PostgreSQL that the
// tests start themselves, and with it the suites that both engines must pass.
//
// Finnish: varaston koepenkki. Called by tests only: those of ground/store and of
// every package that keeps something.
package storetest
