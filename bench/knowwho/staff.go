package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/market"
)

// team staffs many tasks with many people.
func team(_ context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("team", flag.ContinueOnError)
	tasks := f.String("tasks", "", "the tasks, a JSON list of lists of skills")
	experts := f.String("experts", "", "the people, likewise")
	balance := f.Float64("balance", 0, "λ: what a whole task is worth beside one task more for the busiest; .05, .1, .5 and 1 when not given")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *tasks == "" || *experts == "" {
		return errors.New("say -tasks and -experts")
	}
	if *balance < 0 {
		return errors.New("-balance is above 0")
	}
	number := map[string]int{}
	needs, err := skills(*tasks, number)
	if err != nil {
		return err
	}
	people, err := skills(*experts, number)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d tasks, %d people, %d skills\n\n", len(needs), len(people), len(number))
	fmt.Fprintln(out, "| λ | F = λ·coverage − load | coverage | greatest load | processor |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	all := []float64{*balance}
	if *balance == 0 {
		all = []float64{.05, .1, .5, 1}
	}
	for _, balance := range all {
		began := gauge.Worked(gauge.Process)
		s, err := market.Staff(needs, people, market.Terms{Balance: balance})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "| %v | %.4f | %.4f | %d | %s |\n", balance, s.Score+0, s.Coverage, s.Load, (gauge.Worked(gauge.Process) - began).Round(100*time.Microsecond))
	}
	return nil
}

// skills are the numbers of a file's lists of skills, whose names may be numbers or text.
func skills(path string, number map[string]int) (all [][]int, err error) {
	var named [][]json.RawMessage
	if err := whole(path, &named); err != nil {
		return nil, err
	}
	for i, list := range named {
		var of []int
		for _, raw := range list {
			if bytes.ContainsAny(raw[:1], "[{n") {
				return nil, fmt.Errorf("%s: list %d: a skill is a name or a number, not %s", path, i+1, raw)
			}
			name := string(bytes.Trim(raw, `"`))
			if _, known := number[name]; !known {
				number[name] = len(number)
			}
			of = append(of, number[name])
		}
		all = append(all, of)
	}
	return all, nil
}
