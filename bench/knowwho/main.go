package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "knowwho:", err)
		os.Exit(1)
	}
}

// command is one thing that is measured, with its own arguments.
type command struct {
	name string
	run  func(ctx context.Context, args []string, out io.Writer) error
}

func commands() []command {
	return []command{
		{"find", find},
		{"table", table},
		{"speed", speed},
		{"intro", intro},
		{"team", team},
		{"market", deals},
		{"latency", latency},
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var names []string
	for _, c := range commands() {
		if len(args) > 0 && args[0] == c.name {
			return c.run(ctx, args[1:], out)
		}
		names = append(names, c.name)
	}
	return fmt.Errorf("say what is measured: %s", strings.Join(names, ", "))
}
