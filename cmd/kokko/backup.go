package main

import (
	"context"
	"fmt"
	"os"

	"kokko/ground/archive"
	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/schema"
)

// meta is what an archive says of its maker, and what it does not carry.
func (h *house) meta() archive.Meta {
	return archive.Meta{Kokko: version, At: h.clock.Now(), Stays: schema.Stays()}
}

type backupCommand struct {
	Verify bool   `help:"Only read FILE and tell whether it is whole."`
	File   string `arg:"" help:"The archive to write (or to check)." type:"path" placeholder:"FILE"`
}

// Run writes the archive, or checks one.
func (c *backupCommand) Run(ctx context.Context, h *house) error {
	if c.Verify {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := archive.Verify(ctx, f)
		if err != nil {
			return err
		}
		return h.report("cli.backup.whole", c.File, r)
	}
	// An archive of nothing would look like a backup for as long as nobody needs it.
	nothing := fault.New(fault.NotFound, "archive.nothing")
	if path := h.missing(); path != "" {
		return nothing.With("store", path)
	}
	db, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if tables, err := db.Tables(ctx, db); err != nil || len(tables) == 0 {
		if err == nil {
			err = nothing.With("store", db.Name())
		}
		return err
	}
	r, err := archive.File(ctx, db, c.File, h.meta())
	if err != nil {
		return err
	}
	return h.report("cli.backup.written", c.File, r)
}

func (h *house) report(key, file string, r archive.Report) error {
	_, err := fmt.Fprintln(h.out, h.say.T(key, "file", file, "rows", h.say.Number(r.Rows), "tables", len(r.Tables), "at", h.say.DateTime(r.At), "sum", r.Sum))
	return err
}

type restoreCommand struct {
	File string `arg:"" help:"The archive to load." type:"existingfile" placeholder:"FILE"`
}

// Run loads an archive into an empty store.
func (c *restoreCommand) Run(ctx context.Context, h *house) error {
	db, err := store.Open(ctx, h.storeURL(), store.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := archive.Read(ctx, db, h.clock, schema.Files, f)
	if err == nil {
		err = h.askAnew(ctx, db)
	}
	if err != nil {
		return err
	}
	return h.report("cli.backup.restored", c.File, r)
}
