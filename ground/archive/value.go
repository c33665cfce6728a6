package archive

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"kokko/ground/store"
)

// cell makes a place for the engine to scan a column of type t into.
func cell(t store.Type) (any, error) {
	switch t {
	case store.Text, store.JSON:
		return new(sql.NullString), nil
	case store.Int:
		return new(sql.NullInt64), nil
	case store.Bool:
		return new(sql.NullBool), nil
	case store.Real:
		return new(sql.NullFloat64), nil
	case store.Bytes:
		return new([]byte), nil
	}
	return nil, fmt.Errorf("no way to carry a column of type %q", t)
}

const null = "null"

// appendValue puts a scanned cell to line in the archive's spelling.
func appendValue(line *bytes.Buffer, c headColumn, scanned any) error {
	switch v := scanned.(type) {
	case *sql.NullString:
		if !v.Valid {
			line.WriteString(null)
			return nil
		}
		if c.Type == store.JSON {
			return json.Compact(line, []byte(v.String))
		}
		return appendText(line, v.String)
	case *sql.NullInt64:
		if !v.Valid {
			line.WriteString(null)
			return nil
		}
		line.Write(strconv.AppendInt(line.AvailableBuffer(), v.Int64, 10))
	case *sql.NullBool:
		if !v.Valid {
			line.WriteString(null)
			return nil
		}
		line.Write(strconv.AppendBool(line.AvailableBuffer(), v.Bool))
	case *sql.NullFloat64:
		if !v.Valid {
			line.WriteString(null)
			return nil
		}
		if math.IsNaN(v.Float64) || math.IsInf(v.Float64, 0) {
			return fmt.Errorf("%v is no number to carry", v.Float64)
		}
		line.Write(strconv.AppendFloat(line.AvailableBuffer(), v.Float64, 'g', -1, 64))
	case *[]byte:
		if *v == nil && c.Null { // SQLite's driver reads no bytes as nil too
			line.WriteString(null)
			return nil
		}
		line.WriteByte('"')
		line.WriteString(base64.StdEncoding.EncodeToString(*v))
		line.WriteByte('"')
	default:
		return fmt.Errorf("no way to carry a %T", scanned)
	}
	return nil
}

// appendText refuses broken UTF-8: json would silently put other signs there.
func appendText(line *bytes.Buffer, s string) error {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return errors.New("text with NUL or broken UTF-8")
	}
	e := json.NewEncoder(line)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return err
	}
	line.Truncate(line.Len() - 1) // Encode ends its value with a line feed
	return nil
}

// row reads one line into arguments for an INSERT. It takes nothing but what the
// columns allow, so that a foreign file is refused before anything is loaded.
func row(line []byte, columns []headColumn) ([]any, error) {
	if !utf8.Valid(line) {
		return nil, errors.New("broken UTF-8")
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	if len(raw) != len(columns) {
		return nil, fmt.Errorf("%d values in %d columns", len(raw), len(columns))
	}
	out := make([]any, len(raw))
	for i, c := range columns {
		v, err := value(raw[i], c)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		out[i] = v
	}
	return out, nil
}

// A JSON column that allows none takes the document null, and so does one that
// holds it: null in a JSON column that may be NULL is read as NULL.
func value(raw json.RawMessage, c headColumn) (any, error) {
	if string(raw) == null {
		switch {
		case c.Null:
			return nil, nil
		case c.Type != store.JSON:
			return nil, errors.New("a value is missing")
		}
	}
	switch c.Type {
	case store.Text:
		s, err := text(raw)
		if err == nil && strings.IndexByte(s, 0) >= 0 {
			err = errors.New("text with NUL")
		}
		return s, err
	case store.JSON:
		return string(raw), nil // Unmarshal has found it well-formed
	case store.Int:
		return strconv.ParseInt(string(raw), 10, 64)
	case store.Bool:
		switch string(raw) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("neither true nor false")
	case store.Real:
		return strconv.ParseFloat(string(raw), 64)
	case store.Bytes:
		s, err := text(raw)
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.Strict().DecodeString(s)
	}
	return nil, fmt.Errorf("no way to carry a column of type %q", c.Type)
}

func text(raw json.RawMessage) (s string, err error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", errors.New("no text")
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}
