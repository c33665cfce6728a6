package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"kokko/bench/invented"
	"kokko/ground/clock"
	"kokko/ground/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("fill", flag.ContinueOnError)
	data := f.String("data", "", "folder for the embedded database, as in kokko serve --data")
	database := f.String("database", "", "postgres://… or sqlite:FILE instead")
	sparks := f.Int("sparks", 10_000, "how many sparks")
	seed := f.Uint64("seed", 1, "the same seed gives the same sparks")
	years := f.Int("years", 3, "over how many years up to now")
	words := f.String("words", "", "a text to learn words from; the programme's own when not given")
	if err := f.Parse(args); err != nil {
		return err
	}
	url := *database
	if url == "" {
		if *data == "" {
			return fmt.Errorf("say where with -data or -database")
		}
		url = "sqlite:" + filepath.Join(*data, "kokko.db")
	}
	text := ""
	if *words != "" {
		b, err := os.ReadFile(*words)
		if err != nil {
			return err
		}
		text = string(b)
	}
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	c := clock.System{}
	began, last := c.Now(), c.Now()
	err = invented.Fill(ctx, db, c, invented.Plan{Sparks: *sparks, Seed: *seed, Years: *years, Text: text, Told: func(done int) {
		if now := c.Now(); now.Sub(last) > 5*time.Second || done == *sparks {
			last = now
			fmt.Printf("%d sparks, %.0f a second\n", done, float64(done)/now.Sub(began).Seconds())
		}
	}})
	if err == nil {
		fmt.Printf("%d sparks in %s, indexes and statistics too\n", *sparks, c.Now().Sub(began).Round(time.Second))
	}
	return err
}
