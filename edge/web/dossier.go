package web

import (
	"context"
	"io"
	"net/http"

	"github.com/a-h/templ"

	"kokko/edge/dossier"
	"kokko/journey/challenge"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/office"
)

// A spark's whole matter for the registry, as a page to read and print and as a
// file to keep. Both are sent while they are read.

func dossierRoutes() []route {
	return []route{
		{pattern: "GET /toimisto/kipina/{koodi}/asiakirja", access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).dossierPage},
		{pattern: "GET /toimisto/kipina/{koodi}/asiakirja.pdf", access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).dossierFile},
	}
}

// dossierReader is what this officer may read of a spark's matter. The letters tell
// how their receivers are reached and quote what was said, so they need all three
// rights.
func (v *Visit) dossierReader() dossier.Reader {
	r := dossier.Reader{Contacts: v.May(right{Object: office.Contacts, Verb: office.Read}), Notes: v.May(right{Object: office.Notes, Verb: office.Read})}
	r.Letters = r.Contacts && r.Notes && v.May(right{Object: office.Outbox, Verb: office.Read})
	return r
}

// matter reads a spark's matter and how it is told, and notes in the log that it
// was taken out.
func (v *Visit) matter() (m dossier.Matter, voice dossier.Voice, err error) {
	ctx := v.R.Context()
	if m, err = dossier.Read(ctx, v.DB, v.Region.ID, v.R.PathValue("koodi"), v.dossierReader()); err != nil {
		return m, voice, err
	}
	p := &sheet{Spark: m.Spark, named: m.Named}
	if p.workDesk, err = v.workDesk(ctx); err != nil {
		return m, voice, err
	}
	if m.Question.ID != 0 {
		p.Questions = []challenge.Challenge{m.Question}
	}
	voice = dossier.Voice{Say: v.Say, Edition: v.Edition, Tell: func(b story.Beat) string { return v.beatWords(p, b) }, By: *v.Officer, Now: v.Clock.Now(), Version: v.Version}
	if m.Reader.Contacts && v.R.Method != http.MethodHead {
		err = v.Office.Exported(ctx, v.Region.ID, audit.About{Thing: audit.Spark, Key: m.Spark.Code})
	}
	return m, voice, err
}

func (v *Visit) dossierFile() error {
	m, voice, err := v.matter()
	if err != nil {
		return err
	}
	return v.download("application/pdf", m.Name()+".pdf", func(w io.Writer) error {
		_, err := dossier.PDF(v.R.Context(), v.DB, m, voice, w)
		return err
	})
}

func (v *Visit) dossierPage() error {
	m, voice, err := v.matter()
	if err != nil {
		return err
	}
	body := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := &sheetOfPaper{ctx: ctx, v: v, to: w}
		if _, err := dossier.Write(ctx, v.DB, m, voice, p, nil); err != nil {
			return err
		}
		p.leave("")
		return p.err
	})
	return v.flow(func(h http.Header) { h.Set("Content-Type", "text/html; charset=utf-8") }, func(w io.Writer) error {
		return dossierSheet(v, m, voice, body).Render(v.R.Context(), w)
	})
}

// sheetOfPaper is a dossier as HTML: sections, in them entries, in those what is
// told.
type sheetOfPaper struct {
	ctx  context.Context
	v    *Visit
	to   io.Writer
	open string // the end of the entry and the section that are open
	err  error
}

func (p *sheetOfPaper) Err() error { return p.err }

func (p *sheetOfPaper) put(c templ.Component) {
	if p.err == nil {
		p.err = c.Render(p.ctx, p.to)
	}
}

func (p *sheetOfPaper) write(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.to, s)
	}
}

const (
	endSection = "</section>"
	endEntry   = "</article>"
)

// leave closes what is open down to keep.
func (p *sheetOfPaper) leave(keep string) {
	p.write(p.open[:len(p.open)-len(keep)])
	p.open = keep
}

func (p *sheetOfPaper) Title(text string) { p.put(dossierTitle(text)) }

func (p *sheetOfPaper) Section(title string) {
	p.leave("")
	p.write("<section>")
	p.put(dossierSection(title))
	p.open = endSection
}

func (p *sheetOfPaper) Entry(title string) {
	p.leave(endSection)
	p.write("<article>")
	p.put(dossierEntry(title))
	p.open = endEntry + endSection
}

func (p *sheetOfPaper) Say(text string)  { p.put(dossierSay(text)) }
func (p *sheetOfPaper) Note(text string) { p.put(dossierNote(text)) }

func (p *sheetOfPaper) Facts(all ...dossier.Fact) { p.put(dossierFacts(p.v, all)) }

func (p *sheetOfPaper) Words(lang, words string) { p.put(dossierWords(p.v, lang, words)) }
