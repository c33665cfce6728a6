package table

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// CSV is how separated values are written: RFC 4180 in UTF-8.
type CSV struct {
	Semicolon bool // between values instead of a comma
	Bare      bool // without the byte order mark that tells old spreadsheets it is UTF-8
}

type csvWriter struct {
	to     *csv.Writer
	fields []string
}

// NewCSV begins a file of separated values with its heading row.
func NewCSV(w io.Writer, columns []Column, how CSV) (Writer, error) {
	if !how.Bare {
		if _, err := io.WriteString(w, "\uFEFF"); err != nil {
			return nil, err
		}
	}
	c := &csvWriter{to: csv.NewWriter(w), fields: make([]string, len(columns))}
	c.to.UseCRLF = true
	if how.Semicolon {
		c.to.Comma = ';'
	}
	for i, column := range columns {
		c.fields[i] = Neutered(column.Name)
	}
	return c, c.write()
}

func (c *csvWriter) write() error {
	if err := c.to.Write(c.fields); err != nil {
		return err
	}
	return c.to.Error()
}

// Row writes one row; days and times are ISO 8601, the time without its zone.
func (c *csvWriter) Row(cells ...Cell) error {
	if err := fits(cells, len(c.fields)); err != nil {
		return err
	}
	for i, x := range cells {
		switch {
		case !x.filled:
			c.fields[i] = ""
		case x.kind == Count:
			c.fields[i] = strconv.FormatInt(x.number, 10)
		case x.kind == Day:
			c.fields[i] = x.at.Format("2006-01-02")
		case x.kind == Moment:
			c.fields[i] = x.at.Format("2006-01-02 15:04:05")
		default:
			c.fields[i] = Neutered(x.text)
		}
	}
	return c.write()
}

// Close ends the file.
func (c *csvWriter) Close() error {
	c.to.Flush()
	return c.to.Error()
}

// fits guards against a caller whose rows and columns have gone apart.
func fits(cells []Cell, columns int) error {
	if len(cells) != columns {
		return fmt.Errorf("table: a row of %d cells in a table of %d columns", len(cells), columns)
	}
	return nil
}
