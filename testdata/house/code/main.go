// as kokko/cmd/kokko

package main

var version = "dev"

var other = "dev" // want global
