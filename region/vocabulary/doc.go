// Package vocabulary keeps which concepts texts are read by: those that come with the
// program, or a newer edition that the operator has taken in. All regions have the
// same.
//
// Finnish: asiasanasto. Called by cmd/kokko (kokko import concepts, and at a start).
package vocabulary
