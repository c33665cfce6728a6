package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kokko/engine/finnish"
)

//go:embed testdata/voikko.c
var source []byte

// program is the path of what was compiled to ask the C library.
type program string

func compile(library string) (program, error) {
	folder, err := os.MkdirTemp("", "kokko-finnish-")
	if err != nil {
		return "", err
	}
	file, to := filepath.Join(folder, "voikko.c"), filepath.Join(folder, "voikko")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return "", err
	}
	if said, err := exec.Command("cc", "-O2", "-o", to, file, library).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc: %w: %s", err, said)
	}
	return program(to), nil
}

// took is how much of the processor's time the library took for words, one a line.
func (p program) took(words string) (time.Duration, error) {
	cmd := exec.Command(string(p), "quiet")
	cmd.Stdin = strings.NewReader(words)
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// ask gives the base forms the library knows of all words of the lists.
func ask(p program, lists ...[][]string) (map[string][]string, error) {
	var words []string
	for _, list := range lists {
		for _, r := range list {
			words = append(words, strings.Fields(strings.Join(r[:2], " "))...)
		}
	}
	cmd := exec.Command(string(p))
	cmd.Stdin = strings.NewReader(strings.Join(words, "\n") + "\n")
	var said bytes.Buffer
	cmd.Stdout = &said
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	answers := strings.Split(strings.TrimSuffix(said.String(), "\n"), "\n")
	if len(answers) != len(words) {
		return nil, fmt.Errorf("%d answers to %d words", len(answers), len(words))
	}
	known := map[string][]string{}
	for i, w := range words {
		known[w] = strings.FieldsFunc(strings.ToLower(answers[i]), func(r rune) bool { return r == '|' })
	}
	return known, nil
}

// rows are the tab-separated lines of a file, without its comments.
func rows(path string) (all [][]string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(b)) {
		if r := strings.Split(strings.TrimSpace(line), "\t"); len(r) > 1 && !strings.HasPrefix(line, "#") {
			all = append(all, r)
		}
	}
	return all, nil
}

// running are the words of texts in their order; of a table those of its columns
// title and text.
func running(paths []string) (words []string, err error) {
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text := string(b)
		if strings.HasSuffix(path, ".csv") {
			if text, err = columns(text); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		for _, token := range finnish.Tokens(text) {
			words = append(words, token)
		}
	}
	return words, nil
}

func columns(table string) (string, error) {
	r := csv.NewReader(strings.NewReader(table))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	heads, err := r.Read()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return text.String(), nil
		}
		if err != nil {
			return "", err
		}
		for i, f := range fields {
			if i < len(heads) && slices.Contains([]string{"title", "text"}, heads[i]) {
				text.WriteString(f + "\n")
			}
		}
	}
}
