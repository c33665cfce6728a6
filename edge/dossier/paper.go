package dossier

import (
	"context"
	"io"
	"strings"

	"kokko/ground/pdf"
	"kokko/ground/store"
)

// paper is a dossier as PDF.
type paper struct {
	*pdf.Document
	inSection, inEntry bool
}

func (p *paper) Title(text string) { p.Heading(1, "", text) }

func (p *paper) Section(title string) {
	p.leave()
	if p.inSection {
		p.End()
	}
	p.Document.Section()
	p.Heading(2, "", title)
	p.inSection = true
}

func (p *paper) Entry(title string) {
	p.leave()
	p.Document.Section()
	p.Heading(3, "", title)
	p.inEntry = true
}

func (p *paper) leave() {
	if p.inEntry {
		p.End()
		p.inEntry = false
	}
}

func (p *paper) Say(text string)          { p.Text(text) }
func (p *paper) Note(text string)         { p.Line(); p.Text(text); p.Line() }
func (p *paper) Words(lang, words string) { p.Quote(lang, words) }

func (p *paper) Facts(all ...Fact) {
	facts := make([]pdf.Fact, len(all))
	for i, f := range all {
		facts[i] = pdf.Fact{Name: f.Name, Lang: f.Lang, Value: f.Value}
	}
	p.Document.Facts(facts)
}

// PDF writes a spark's whole matter as a PDF file, and gives its digest.
func PDF(ctx context.Context, from store.Source, m Matter, v Voice, to io.Writer) (string, error) {
	d := pdf.New(to, pdf.About{Title: v.Title(m), Author: v.Region(), Subject: m.heading(v), Language: string(v.Say.Lang()), Program: strings.TrimSpace("Kokko " + v.Version), Made: v.Now})
	p := &paper{Document: d}
	sum, err := Write(ctx, from, m, v, p, func() {
		if d.Lost() {
			p.Say(v.Say.T("dossier.made.boxes"))
		}
	})
	if err != nil {
		return "", err
	}
	return sum, d.Close(v.Made(m) + " · SHA-256 " + sum[:16] + "…")
}
