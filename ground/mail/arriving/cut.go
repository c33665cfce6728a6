package arriving

import (
	"regexp"
	"slices"
	"strings"
)

// sending is why a letter was sent, as far as its header tells.
type sending int

const (
	fresh    sending = iota
	reply            // answers another letter
	handedOn         // hands on another one, which is then what the sender wants to show
)

var (
	forwardSubject = regexp.MustCompile(`(?i)^(fwd?|vl|vb|wg|tr)\s*:`)
	replySubject   = regexp.MustCompile(`(?i)^(re|vs|sv|aw|ant)\s*(\[\d+\])?\s*:`)
)

func kindOf(l Letter) sending {
	switch {
	case forwardSubject.MatchString(l.Subject):
		return handedOn
	case len(l.References) > 0, replySubject.MatchString(l.Subject):
		return reply
	}
	return fresh
}

// ownWords cuts the quoted letter, the signature and a telephone's own line off
// text, tidies its empty lines, and gives everything back when nothing would be
// left. text has LF lines; O(len(text)).
func ownWords(text string, why sending) string {
	lines := strings.Split(text, "\n")
	own := lines
	if why != handedOn && !slices.ContainsFunc(lines, forwardLine) {
		own = cutQuoted(own, why == reply)
	}
	own = cutPhone(cutSignature(cutPhone(own)))
	if cut := joinTidy(own); cut != "" {
		return cut
	}
	return joinTidy(lines)
}

// joinTidy joins lines with no spaces at their ends and no two empty ones together.
func joinTidy(lines []string) string {
	var b strings.Builder
	empty := 0
	for _, line := range lines {
		line = strings.TrimRight(line, " ")
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n"[:min(2, empty+1)])
		}
		empty = 0
		b.WriteString(line)
	}
	return b.String()
}

var (
	// "---------- Forwarded message ---------", "Alkoi välitetty viesti:"
	forwardMark = regexp.MustCompile(`(?i)^(\s*-{2,}\s*(forwarded message|välitetty viesti|edelleenlähetetty viesti|vidarebefordrat (meddelande|mejl|brev|mail))\s*-{2,}|\s*(begin forwarded message|alkoi välitetty viesti|välitetty viesti alkaa|vidarebefordrat (meddelande|brev|mejl)|inledning på vidarebefordrat brev)\s*:)\s*$`)
	// "-----Alkuperäinen viesti-----"
	originalMark = regexp.MustCompile(`(?i)^[\s*]*-{2,}\s*(alkuperäinen viesti|alkup\. viesti|ursprungligt meddelande|originalmeddelande|ursprungsmeddelande|original message|original appointment)\s*-{2,}[\s*]*$`)
	ruleMark     = regexp.MustCompile(`^\s*(_{10,}|-{20,})\s*$`)

	senderField = regexp.MustCompile(`(?i)^\s*\*?(lähettäjä|från|from|von|keneltä)\s*:`)
	otherField  = regexp.MustCompile(`(?i)^\s*\*?(lähetetty|lähetysaika|päiväys|päivämäärä|pvm|vastaanottaja|vastaanottajat|kopio|aihe|skickat|datum|till|kopia|ämne|sent|date|to|cc|subject|kenelle|gesendet|an|betreff)\s*:`)

	wroteEnd   = regexp.MustCompile(`(?i)\b(kirjoitti|skrev|wrote)\b.{0,160}:\s*$`)
	dateInside = regexp.MustCompile(`\b\d{1,2}([.:/-]\d{1,2}|\.?\s+\pL{3,})`)
	mailInside = regexp.MustCompile(`[^\s<>"(),;:]@[^\s<>"(),;:]`)
)

const (
	nameWords   = 5 // "Maija Meikäläinen kirjoitti:"
	wroteLines  = 3 // an attribution wraps to so many
	headerLines = 8 // Outlook's block of the quoted letter's header
)

// forwardLine says that another letter, handed on, follows. A look at the bytes
// comes before a regular expression here and below, for a letter may be all lines.
func forwardLine(line string) bool {
	return (strings.Contains(line, "--") || strings.Contains(line, ":")) && forwardMark.MatchString(line)
}

func quoted(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), ">") }

func blankLine(line string) bool { return strings.TrimSpace(line) == "" }

// cutQuoted leaves out ">" lines with the line that names their writer, and all
// that follows a mark or a header block above a whole letter. A bare block counts
// only in a reply: in a fresh letter somebody may have filled in such lines.
func cutQuoted(lines []string, reply bool) []string {
	var own []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if quoted(line) {
			continue
		}
		if strings.Contains(line, "--") && originalMark.MatchString(line) || reply && headerBlock(lines, i) || ruleMark.MatchString(line) && headerBlock(lines, next(lines, i+1)) {
			break
		}
		if n, rest := attribution(lines, i); n > 0 {
			if rest {
				break
			}
			i += n - 1
			continue
		}
		own = append(own, line)
	}
	if joinTidy(own) == "" {
		return lines
	}
	return own
}

// next is the first line from i on with something on it.
func next(lines []string, i int) int {
	for i < len(lines) && blankLine(lines[i]) {
		i++
	}
	return i
}

// headerBlock tells whether a quoted letter's header begins at line i: a sender
// and two other fields close after it.
func headerBlock(lines []string, i int) bool {
	if i >= len(lines) || !strings.Contains(lines[i], ":") || !senderField.MatchString(lines[i]) {
		return false
	}
	others := 0
	for _, line := range lines[i+1 : min(len(lines), i+1+headerLines)] {
		if otherField.MatchString(line) {
			others++
		}
	}
	return others >= 2
}

// attribution gives the number of lines at i that say who wrote the quote after
// them; 0 when they do not. A person may well write "naapuri kirjoitti:" of their
// own: so before ">" there must be a date, an address or a bare name, and with no
// ">" both of them; rest then tells that all that follows is the quoted letter.
func attribution(lines []string, i int) (n int, rest bool) {
	if blankLine(lines[i]) {
		return 0, false
	}
	whole := ""
	for n = 1; n <= wroteLines && i+n <= len(lines); n++ {
		line := lines[i+n-1]
		if blankLine(line) || quoted(line) || len(line) > 400 {
			return 0, false
		}
		whole += " " + strings.TrimSpace(line)
		if !strings.HasSuffix(whole, ":") || !wroteEnd.MatchString(whole) {
			continue
		}
		dated, addressed := dateInside.MatchString(whole), mailInside.MatchString(whole)
		after := next(lines, i+n)
		switch {
		case after < len(lines) && quoted(lines[after]):
			// A first line that is the person's own is not part of it.
			if n > 1 && !dateInside.MatchString(lines[i]) && !mailInside.MatchString(lines[i]) ||
				!dated && !addressed && len(strings.Fields(whole)) > nameWords {
				return 0, false
			}
			return n, false
		case dated && addressed && (n == 1 || dateInside.MatchString(lines[i])):
			return n, true
		}
		return 0, false
	}
	return 0, false
}

const (
	signatureLines = 25 // after "-- "
	dashLines      = 8  // after a bare "--", which some write between paragraphs
)

// cutSignature cuts at the mark of a signature, unless so much follows that it
// must be text.
func cutSignature(lines []string) []string {
	for i, line := range lines {
		if strings.TrimRight(line, " ") != "--" {
			continue
		}
		limit := dashLines
		if line == "-- " {
			limit = signatureLines
		}
		after := 0
		for _, below := range lines[i+1:] {
			if !blankLine(below) {
				after++
			}
		}
		if after <= limit && joinTidy(lines[:i]) != "" {
			return lines[:i]
		}
	}
	return lines
}

var phoneLine = regexp.MustCompile(`(?i)^\s*(lähetetty|lähetin tämän|skickat|skickades|sent|hanki|hämta|get)\b.{0,60}(iphone|ipad|android|samsung|galaxy|outlook|puhelime|mobiili|mobil|smartphone|phone|windows|nokia|huawei|oneplus|xiaomi|yahoo|proton|gmail|laitteesta|sähköposti)\S*.{0,60}$`)

// cutPhone cuts the line a telephone or a mail program adds at the end. With a
// link after the name it is written on two lines at most.
func cutPhone(lines []string) []string {
	for range 2 {
		last := len(lines) - 1
		for last >= 0 && blankLine(lines[last]) {
			last--
		}
		if last < 0 || len(lines[last]) > 160 || !phoneLine.MatchString(lines[last]) || joinTidy(lines[:last]) == "" {
			return lines
		}
		lines = lines[:last]
	}
	return lines
}
