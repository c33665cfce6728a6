package web

import (
	"cmp"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/attachment"
	"kokko/journey/spark"
	"kokko/region/office"
)

// Pictures and files of sparks: how they come in with a form, how they are shown
// and handed out. Who may read a spark may read what is attached to it.

func fileRoutes() []route {
	const at = "/toimisto/kipina/{koodi}"
	work := func(path, name string, files bool, do func(v *Visit, a spark.Act, f *Form) (spark.Spark, error)) route {
		return route{pattern: "POST " + at + path, access: staff, verb: office.Write, object: office.Sparks, files: files, do: func(v *Visit) error { return v.verb(name, false, do) }}
	}
	return []route{
		{pattern: "GET /kipina/{koodi}/liite/{id}", do: (*Visit).publicFile},
		{pattern: "GET /oma/{salaisuus}/liite/{id}", do: own((*Visit).ownFile)},
		{pattern: "POST /oma/{salaisuus}/liitteet", files: true, limit: 20, do: own((*Visit).addFiles)},
		{pattern: "POST /oma/{salaisuus}/liite/{id}", limit: 20, do: own((*Visit).describeFile)},
		{pattern: "POST /oma/{salaisuus}/liite/{id}/poista", limit: 20, do: own((*Visit).removeFile)},
		{pattern: "GET " + at + "/liite/{id}", access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).workFile},
		work("/liitteet", "liitteet", true, (*Visit).doAttach),
		work("/liite/{id}", "liite", false, (*Visit).doDescribe),
		work("/liite/{id}/poista", "liitepois", false, (*Visit).doDetach),
	}
}

// fileRows is how many files a form asks for at once, each with its description.
const fileRows = 3

// numbered names the fields of one row: file1 and alt1.
func numbered(field string, n int) string { return field + strconv.Itoa(n) }

// making makes what a form sent safe, each with the description beside it. What is
// wrong names its file and stands by its field.
func (v *Visit) making(f *Form) (made []attachment.Made, wrong fault.Many) {
	if v.broke != nil {
		wrong = append(wrong, onFile(fault.List(v.broke), "")...)
	}
	if len(v.sent) > attachment.Most {
		return nil, append(wrong, fault.New(fault.Invalid, "attachment.too_many").With("max", attachment.Most).On(numbered("file", 1)))
	}
	described := map[string]bool{}
	for i := range v.sent {
		u := &v.sent[i]
		n, err := strconv.Atoi(strings.TrimPrefix(u.Field, "file"))
		if err != nil || n < 1 || n > attachment.Most {
			n = 1
		}
		u.Field = numbered("file", n)
		alt := ""
		if !described[u.Field] { // a field with several files describes its first
			alt = f.Get(numbered("alt", n))
			described[u.Field] = true
		}
		var m attachment.Made
		if err = u.failed; err == nil {
			m, err = v.Files.Make(v.R.Context(), io.NewSectionReader(u.file, 0, u.size), u.Name, alt)
		}
		if err == nil {
			made = append(made, m)
			continue
		}
		for _, e := range fault.List(err) {
			if e.Field == "alt" {
				wrong = append(wrong, e.On(numbered("alt", n)))
				continue
			}
			u.refused = true
			wrong = append(wrong, fault.New(e.Code, "attachment.named").With("name", v.fileNamed(u.Name)).With("why", v.Say.Fault(e)).On(u.Field).Because(e))
		}
	}
	return made, wrong
}

// again tells which files of a refused form must be chosen again: no browser keeps
// them. Those that were refused themselves have been told of.
func (v *Visit) again() (all fault.Many) {
	for _, u := range v.sent {
		if !u.refused {
			all = append(all, fault.New(fault.Invalid, "attachment.again").With("name", v.fileNamed(u.Name)).On(u.Field))
		}
	}
	return all
}

// onFile puts what is wrong with the files as a whole by the first of their fields.
func onFile(all fault.Many, prefix string) fault.Many {
	for _, e := range all {
		if e.Field == "" && (strings.HasPrefix(e.Key, "attachment.") || e.Code == fault.TooLarge) {
			e.Field = prefix + numbered("file", 1)
		}
	}
	return all
}

// statusOfAll is the answer to a form with these mistakes: ours before theirs.
func statusOfAll(all fault.Many) int {
	status := http.StatusUnprocessableEntity
	for _, e := range all {
		switch of := statusOf(e.Code); {
		case of >= http.StatusInternalServerError:
			return of
		case of != http.StatusUnprocessableEntity:
			status = of
		}
	}
	return status
}

// fileSheet is a spark's files where they are looked after: on the bringer's own
// page and the office's.
type fileSheet struct {
	All     []attachment.Attachment
	At      string // where they are: under a private link, or on the office's table
	Lang    string // of the descriptions
	Names   bool   // the reader may see the files' own names
	Pile    string // the office's pile being worked through
	Adds    string // begins the ids of the form that adds
	Changes string // and of the forms that describe
	Add     *Form
	Change  *Form // its "id" says which one was refused
}

// rows is how many more files the form asks for.
func (s fileSheet) rows() int { return min(fileRows, attachment.Most-len(s.All)) }

// said is a description as its field shows it: as typed when it was refused.
func (s fileSheet) said(a attachment.Attachment) string {
	if s.Change.Get("id") == a.ID.String() {
		return s.Change.Get("alt")
	}
	return a.Alt
}

// pictures and papers are the two ways files are shown.
func pictures(all []attachment.Attachment) []attachment.Attachment {
	return slices.DeleteFunc(slices.Clone(all), func(a attachment.Attachment) bool { return a.Kind != attachment.Picture })
}

func papers(all []attachment.Attachment) []attachment.Attachment {
	return slices.DeleteFunc(slices.Clone(all), func(a attachment.Attachment) bool { return a.Kind == attachment.Picture })
}

// fileTitle is what an attachment is called: its description, else what it is and
// its number among its like.
func (v *Visit) fileTitle(all []attachment.Attachment, a attachment.Attachment) string {
	n := 0
	for _, other := range all {
		if other.Kind == a.Kind {
			n++
		}
		if other.ID == a.ID {
			break
		}
	}
	return cmp.Or(a.Alt, v.T("attachment.nameless."+string(a.Kind), "n", n))
}

// fileAt finds the attachment of the address.
func (v *Visit) fileAt(sp spark.Spark) (attachment.Attachment, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return attachment.Attachment{}, fault.New(fault.NotFound, "attachment.none")
	}
	return attachment.One(v.R.Context(), v.DB, sp.Region, sp.ID, id)
}

func (v *Visit) publicFile() error {
	sp, err := v.seen(v.R.PathValue("koodi")) // as its page; guesses are slowed as there
	if err != nil {
		return err
	}
	a, err := v.fileAt(sp)
	if err != nil {
		return err
	}
	a.Name = "" // its own name is for the parties
	return v.handOut(sp, a, true)
}

func (v *Visit) ownFile(m mine) error {
	a, err := v.fileAt(m.Spark)
	if err != nil {
		return err
	}
	return v.handOut(m.Spark, a, false)
}

func (v *Visit) workFile() error {
	sp, err := v.sparkAt(v.R.Context())
	if err != nil {
		return err
	}
	a, err := v.fileAt(sp)
	if err != nil {
		return err
	}
	if !v.May(right{Object: office.Contacts, Verb: office.Read}) {
		a.Name = ""
	}
	return v.handOut(sp, a, false)
}

// handOut sends an attachment's bytes so that they act nowhere. An attachment never
// changes, but it may be taken away or hidden at any moment: a browser may keep a
// public one and asks each time whether it still may show it; nobody in between
// keeps any.
func (v *Visit) handOut(sp spark.Spark, a attachment.Attachment, public bool) error {
	small := v.Query("koko") == "pieni" && a.Kind == attachment.Picture
	h := v.W.Header()
	policy, way := "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", "attachment"
	if a.Kind == attachment.Picture {
		way = "inline"
		policy += "; style-src 'unsafe-inline'" // for the page a browser itself puts around a picture
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Disposition", mime.FormatMediaType(way, map[string]string{"filename": a.FileName("kipina-" + sp.Code)}))
	if !public {
		h.Set("X-Robots-Tag", "noindex")
	} else {
		tag := `"` + a.ID.String() + `"`
		if small {
			tag = `"` + a.ID.String() + `-s"`
		}
		h.Set("Cache-Control", "private, no-cache")
		h.Set("ETag", tag)
		if strings.Contains(v.R.Header.Get("If-None-Match"), tag) {
			v.status = http.StatusNotModified
			v.W.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	content, err := attachment.Content(v.R.Context(), v.DB, a, small)
	if err != nil {
		return err
	}
	v.patient(slowly)
	v.status = http.StatusOK
	v.send(v.W, v.R, http.StatusOK, a.MediaType(), content, false)
	return nil
}

// addFiles is the bringer's: what they forgot, or took since.
func (v *Visit) addFiles(m mine) error {
	f := v.cleaned()
	made, wrong := v.making(f)
	if len(made)+len(wrong) == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "attachment.missing").On(numbered("file", 1)))
	}
	if len(wrong) == 0 {
		_, err := v.Files.Add(v.R.Context(), v.Region.ID, m.secret, made)
		if err == nil {
			return v.Go(m.path("?tehty=liite#liitteet"))
		}
		if fault.CodeOf(err) != fault.Invalid {
			return err
		}
		wrong = onFile(fault.List(err), "")
	}
	f.Wrong = append(wrong, v.again()...)
	return v.showOwnWith(m, statusOfAll(f.Wrong), func(o *ownView) { o.Files.Add = f })
}

func (v *Visit) describeFile(m mine) error {
	f := v.cleaned()
	a, err := v.fileAt(m.Spark)
	if err != nil {
		return err
	}
	if _, err := v.Files.Describe(v.R.Context(), v.Region.ID, m.secret, a.ID, f.Get("alt")); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.describes(a.ID)
		return v.showOwnWith(m, http.StatusUnprocessableEntity, func(o *ownView) { o.Files.Change = f })
	}
	return v.Go(m.path("?tehty=kuvaus#liitteet"))
}

// describes says which attachment a refused description belongs to.
func (f *Form) describes(id ident.ID) {
	f.Values.Set("id", id.String())
	for _, e := range f.Wrong {
		if e.Field == "alt" {
			e.Field = "alt-" + id.String()
		}
	}
}

func (v *Visit) removeFile(m mine) error {
	a, err := v.fileAt(m.Spark)
	if err != nil {
		return err
	}
	if _, err := v.Files.Remove(v.R.Context(), v.Region.ID, m.secret, a.ID); err != nil {
		return err
	}
	return v.Go(m.path("?tehty=liitepois#liitteet"))
}

// doAttach is the office's, on somebody's behalf. It adds to whatever is there: a
// photograph does not wait for the officer to have seen the latest word.
func (v *Visit) doAttach(a spark.Act, f *Form) (spark.Spark, error) {
	made, wrong := v.making(f)
	if len(made)+len(wrong) == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "attachment.missing").On(numbered("file", 1)))
	}
	for n := range attachment.Most {
		field := numbered("alt", n+1)
		if err := v.unnamed(a, true, field, f.Get(field)); err != nil {
			wrong = append(wrong, fault.List(err)...)
		}
	}
	if len(wrong) == 0 {
		a.Version = 0
		sp, err := v.Files.AddFor(v.R.Context(), a, made)
		if err == nil || fault.CodeOf(err) != fault.Invalid {
			return sp, err
		}
		wrong = onFile(fault.List(err), "")
	}
	return spark.Spark{}, append(wrong, v.again()...)
}

func (v *Visit) doDescribe(a spark.Act, f *Form) (spark.Spark, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return spark.Spark{}, fault.New(fault.NotFound, "attachment.none")
	}
	err := v.unnamed(a, true, "alt", f.Get("alt"))
	var sp spark.Spark
	if err == nil {
		a.Version = 0
		sp, err = v.Files.DescribeFor(v.R.Context(), a, id, f.Get("alt"))
	}
	f.Values.Set("id", id.String())
	for _, e := range fault.List(err) {
		if e.Field == "alt" {
			e.Field = "alt-" + id.String()
		}
	}
	return sp, err
}

func (v *Visit) doDetach(a spark.Act, _ *Form) (spark.Spark, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return spark.Spark{}, fault.New(fault.NotFound, "attachment.none")
	}
	a.Version = 0
	return v.Files.RemoveFor(v.R.Context(), a, id)
}
