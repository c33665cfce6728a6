package main

import (
	"context"
	"io"
)

// Run is what main does with its arguments.
func Run(ctx context.Context, args []string, out, aside io.Writer) error {
	return run(ctx, args, out, aside)
}
