package main

// Run is the program for the tests beside it.
var Run = run
