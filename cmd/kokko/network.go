package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/programme"
)

type importNetwork struct {
	File   string `arg:"" help:"The file: CSV (from, to, weight, since, until), GraphML, GEXF or Kumu's JSON." type:"existingfile" placeholder:"FILE"`
	Region string `help:"Region id; needed when the installation serves several." placeholder:"ID"`
	Source string `help:"What the network is called; brought in again under its name, it takes the place of before. The file's name when not given." placeholder:"NAME"`
	DryRun bool   `help:"Change nothing; tell what would be done." name:"dry-run"`
	Remove bool   `help:"Take away what was brought in under this name instead."`
}

// Run takes a network in, or away.
func (c *importNetwork) Run(ctx context.Context, h *house) error {
	db, s, err := h.region(ctx, c.Region)
	if err != nil {
		return err
	}
	defer db.Close()
	name := filepath.Base(c.File)
	source := c.Source
	if source == "" {
		source = strings.TrimSuffix(name, filepath.Ext(name))
	}
	ties := network.New(db, h.clock, h.ids)
	if c.Remove {
		n, err := network.CountFiled(ctx, db, s.ID, source)
		if err != nil {
			return err
		}
		if !c.DryRun {
			err = ties.TakeBack(ctx, s.ID, source)
		}
		fmt.Fprintln(h.out, h.say.T("cli.network.removed", "n", h.say.Number(int64(n)), "source", source))
		return err
	}
	f, err := readNetwork(c.File)
	if err != nil {
		return err
	}
	if c.DryRun {
		_, err = fmt.Fprintln(h.out, h.say.T("cli.network.tried", "nodes", h.say.Number(int64(len(f.Nodes))), "ties", h.say.Number(int64(len(f.Ties)))))
		return err
	}
	place, err := placesOf(programme.NewService(db, h.clock, h.ids, nil))(ctx, s.ID)
	if err != nil {
		return err
	}
	x, err := h.index(ctx, db)
	if err != nil {
		return err
	}
	actors := actor.New(db, h.clock, h.ids).Indexed(x)
	actors.TellNoted(network.Noted)
	taken, err := ties.Take(ctx, s.ID, source, name, f, func(ctx context.Context, tx *store.Tx, name string) (ident.ID, error) {
		_, id, err := actors.Resolve(ctx, tx, s.ID, name, place)
		return id, err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(h.out, h.say.T("cli.network.taken", "ties", h.say.Number(int64(taken.Ties)), "organisations", h.say.Number(int64(taken.Organisations)), "persons", h.say.Number(int64(taken.Persons)), "same", h.say.Number(int64(taken.Same))))
	return err
}

// readNetwork reads a network of whichever format its beginning tells.
func readNetwork(path string) (network.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return network.File{}, err
	}
	defer file.Close()
	begin := make([]byte, 4096)
	n, err := io.ReadFull(file, begin)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return network.File{}, err
	}
	as := network.FormatOf(begin[:n])
	if as == "" {
		return network.File{}, fault.New(fault.Invalid, "network.file.format").On("file")
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return network.File{}, err
	}
	return network.ReadFile(file, as)
}

type exportCommand struct {
	Network exportNetwork `cmd:"" help:"Write the network of a region: organisations, and the people who chose to be drawn."`
}

type exportNetwork struct {
	File   string         `arg:"" help:"The file to write; - for standard output." placeholder:"FILE"`
	Region string         `help:"Region id; needed when the installation serves several." placeholder:"ID"`
	Format network.Format `help:"csv, graphml, gexf or kumu; told by the file's ending when not given." placeholder:"FORMAT"`
}

// Run writes the network out.
func (c *exportNetwork) Run(ctx context.Context, h *house) error {
	db, s, err := h.region(ctx, c.Region)
	if err != nil {
		return err
	}
	defer db.Close()
	as := c.Format
	if as == "" {
		as = network.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(c.File)), "."))
		if as == "json" {
			as = network.Kumu
		}
		if c.File == "-" {
			as = network.CSV
		}
	}
	now, err := network.NewMemory(db, h.clock).Now(ctx, s.ID)
	if err != nil {
		return err
	}
	f := now.Picture(network.Filter{}).File()
	if c.File == "-" {
		return f.Write(h.out, as)
	}
	var out strings.Builder // what cannot be written leaves no half of a file
	if err := f.Write(&out, as); err != nil {
		return err
	}
	if err := os.WriteFile(c.File, []byte(out.String()), 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintln(h.out, h.say.T("cli.network.written", "nodes", h.say.Number(int64(len(f.Nodes))), "ties", h.say.Number(int64(len(f.Ties))), "file", c.File))
	return err
}
