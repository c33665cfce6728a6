package mail

import "strings"

// flowWidth is where text is wrapped: 72 leaves room for quoting in a reply.
const flowWidth = 72

// flow wraps text as format=flowed (RFC 3676, DelSp=no): a line ending in a
// space goes on in the next, so that a phone can wrap anew and nothing is lost
// but spaces at line ends. A word longer than a line, such as a link, stays
// whole. text has LF lines; O(len(text)).
func flow(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/32 + 2)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if line == "-- " { // the signature mark is the one line whose last space stays
			b.WriteString("-- \n")
			continue
		}
		line = strings.TrimRight(line, " ")
		for {
			cut := breakAt(line)
			stuff(&b, line[:cut])
			b.WriteByte('\n')
			line = line[cut:]
			if line == "" {
				break
			}
		}
	}
	return b.String()
}

// breakAt gives the byte where the first display line of line ends: after the
// last run of spaces that fits, else after the first one, else at the end.
func breakAt(line string) int {
	width, best := 0, 0
	for i, r := range line {
		// A break stands between a space and a letter, and never makes the
		// signature mark of a piece of text.
		if i > 0 && r != ' ' && line[i-1] == ' ' && line[:i] != "-- " && strings.Trim(line[:i], " ") != "" {
			if width > flowWidth && best > 0 {
				return best
			}
			best = i
			if width > flowWidth {
				return best
			}
		}
		width++
	}
	if best > 0 && width > flowWidth {
		return best
	}
	return len(line)
}

// stuff guards what a mail reader or an old relay would take for a mark.
func stuff(b *strings.Builder, line string) {
	if strings.HasPrefix(line, " ") || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "From ") {
		b.WriteByte(' ')
	}
	b.WriteString(line)
}
