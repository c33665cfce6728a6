package main

import (
	_ "embed"
	"fmt"
	"runtime/debug"
)

// licences is what beside Go modules the program holds, whose it is and on what terms.
//
//go:embed licences.txt
var licences string

type licencesCommand struct{}

// Run prints what the program is made of, on what terms, and where its source is.
func (licencesCommand) Run(h *house) error {
	fmt.Fprintf(h.out, "%s\n\n%s\n", h.say.T("cli.licences"), licences)
	if len(embedded()) > 0 {
		fmt.Fprintf(h.out, "%s\n\n", h.say.T("cli.licences.inside"))
	} else {
		fmt.Fprintf(h.out, "%s\n\n", h.say.T("cli.licences.none"))
	}
	fmt.Fprintln(h.out, h.say.T("cli.licences.modules"))
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, m := range built.Deps {
			fmt.Fprintln(h.out, m.Path, m.Version)
		}
	}
	return nil
}
