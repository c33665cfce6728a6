// Command kokko is the one binary: it serves a region's open call, keeps its
// backups and tells an operator what is well and what is not.
//
// Finnish: komento. Nothing calls it but people and service managers. It parses
// flags, wires the floors together and runs; rules live below.
package main
