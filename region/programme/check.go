package programme

import (
	"fmt"
	"slices"
	"strings"

	"kokko/region/place"
)

// ReservedSlugs are first parts of addresses the house keeps for itself, so no
// region may be called so. Every word of two letters is kept for languages.
func ReservedSlugs() []string {
	return []string{
		"admin", "alue", "alueet", "api", "arvot", "assets", "avoin-data", "brand", "data", "ennuste", "etusivu", "federation",
		"ennusteet", "feed", "feeds", "haku", "hanke", "hankkeet", "health", "healthz", "inbox", "jako", "k", "kansio", "kartta", "kaytannot", "kaytanto",
		"kehys", "kipina", "kipinat", "kirjaudu", "kokeilu", "kokeilut", "kokko", "kortit", "kortti", "kuitti", "kyla", "kylasuunnitelma", "kylat", "kysyisin", "kysymykset", "kysymys", "lahdekoodi",
		"liity", "linkki", "lopeta", "luvut", "metrics", "minun", "mittarit", "nodeinfo", "oauth", "ohje", "ohjelma", "outbox", "oma", "osaajat", "paikat", "paikka",
		"palaute", "poydat", "poyta", "privacy", "readyz", "ring", "rinki", "robots", "saavutettavuus", "selko", "seuraa", "signaalit", "static", "syotteet", "tarina", "teema",
		"tapahtuma", "tapahtumat", "teemat", "tietosuoja", "toimija", "toimijat", "toimisto", "tutustu", "tutustuminen", "uloskirjaus", "ulos", "users", "vahvista", "vastattu",
		"verkosto", "verkostot", "voimavara", "voimavarat", "well-known", "www", "yhteystiedot",
	}
}

// ids gathers the ids of one list: duplicates are told where they stand again.
type ids map[string]bool

func (b *binder) ids(into ids, id *string) {
	if *id == "" {
		return
	}
	if into[*id] {
		b.say(b.of(id), "programme.id.twice", "id", clip(*id))
	}
	into[*id] = true
}

func collect[T any](b *binder, list []T, id func(*T) *string) ids {
	out := ids{}
	for i := range list {
		b.ids(out, id(&list[i]))
	}
	return out
}

// ref tells when a reference points at nothing. An empty one is nothing to check.
func (b *binder) ref(to ids, kind string, field *string) {
	if *field != "" && !to[*field] {
		b.say(b.of(field), "programme.ref."+kind, "id", clip(*field))
	}
}

func (b *binder) refs(to ids, kind string, fields []string) {
	for i := range fields {
		b.ref(to, kind, &fields[i])
		if slices.Contains(fields[:i], fields[i]) {
			b.say(b.of(&fields[i]), "programme.id.twice", "id", clip(fields[i]))
		}
	}
}

// known is every id of the file by what it names.
type known struct {
	goals, themes, packages, networks, actors, documents, projects, topics, places, areas, sources ids
}

// check looks at what a single value cannot show: ids, references, dates,
// colours, the promise. It runs also when values were missing, so that one
// reading tells everything.
func check(p *Programme, b *binder) {
	checkLanguages(p, b)
	k := known{
		goals:     collect(b, p.Goals, func(x *Named) *string { return &x.ID }),
		themes:    collect(b, p.Themes, func(x *Theme) *string { return &x.ID }),
		networks:  collect(b, p.Networks, func(x *Network) *string { return &x.ID }),
		actors:    collect(b, p.Actors, func(x *Actor) *string { return &x.ID }),
		documents: collect(b, p.Documents, func(x *Paper) *string { return &x.ID }),
		projects:  collect(b, p.Projects, func(x *Project) *string { return &x.ID }),
		topics:    collect(b, p.Topics, func(x *Topic) *string { return &x.ID }),
		sources:   collect(b, p.Sources, func(x *Source) *string { return &x.ID }),
		areas:     collect(b, p.Region.Municipalities, func(x *place.Area) *string { return &x.ID }),
		packages:  ids{}, places: ids{},
	}
	for i := range p.Themes {
		for j := range p.Themes[i].Packages {
			b.ids(k.packages, &p.Themes[i].Packages[j].ID)
		}
	}
	collect(b, p.Focuses, func(x *Focus) *string { return &x.ID })
	collect(b, p.Programme.National.Goals, func(x *Named) *string { return &x.ID })
	collect(b, p.Milestones, func(x *Milestone) *string { return &x.ID })
	collect(b, p.Challenges, func(x *Challenge) *string { return &x.ID })
	collect(b, p.Assets, func(x *Asset) *string { return &x.ID })
	collect(b, p.Funding, func(x *Funding) *string { return &x.ID })
	collect(b, p.Call.Kinds, func(x *Kind) *string { return &x.ID })
	collect(b, p.Office.Roles, func(x *Named) *string { return &x.ID })
	collect(b, p.Answers, func(x *Answer) *string { return &x.ID })
	collect(b, p.Steps, func(x *Step) *string { return &x.ID })
	checkWeights(p, b)
	checkRegion(p, b, k)
	checkPlaces(p, b, k)
	checkPeriod(p, b)
	checkTree(p, b, k)
	checkWorks(p, b, k)
	checkCall(p, b)
	checkBrand(p, b)
}

func checkLanguages(p *Programme, b *binder) {
	for i, l := range p.Languages {
		if !isLanguage(l) {
			b.say(b.of(&p.Languages[i]), "programme.language_code", "value", clip(l))
		}
		if slices.Contains(p.Languages[:i], l) {
			b.say(b.of(&p.Languages[i]), "programme.id.twice", "id", clip(l))
		}
	}
	if len(p.Languages) > mostLanguages {
		b.say(b.of(&p.Languages), "programme.languages.many")
	}
}

// checkWeights: a priority and its tags share one list of ids, because a spark
// is tagged with either.
func checkWeights(p *Programme, b *binder) {
	all := ids{}
	for i := range p.Priorities {
		b.ids(all, &p.Priorities[i].ID)
		for j := range p.Priorities[i].Tags {
			b.ids(all, &p.Priorities[i].Tags[j].ID)
		}
	}
	values := ids{}
	for i := range p.Idea.Values {
		b.ids(values, &p.Idea.Values[i].ID)
		collect(b, p.Idea.Values[i].Criteria, func(x *Named) *string { return &x.ID })
	}
}

func checkRegion(p *Programme, b *binder, k known) {
	r := &p.Region
	if slug := r.Slug; slug != "" && (len(slug) < 3 || slices.Contains(ReservedSlugs(), slug)) {
		b.say(b.of(&r.Slug), "programme.slug.reserved", "value", clip(slug))
	}
	if r.Example && r.ExampleNote.Empty() {
		b.say(b.of(&r.Example), "programme.example.note")
	}
	if r.Example && p.Office.Mail != "" && !cannotExist(p.Office.Mail) {
		b.say(b.of(&p.Office.Mail), "programme.example.mail")
	}
	codes := ids{}
	for i := range r.Municipalities {
		a := &r.Municipalities[i]
		b.ids(k.places, &a.ID)
		b.ids(codes, &a.Code)
		b.spans(len(a.Members), func(i int) *Span { return &a.Members[i] })
		b.spans(len(a.Counties), func(i int) *Span { return &a.Counties[i].Span })
		for j := range a.Former {
			f := &a.Former[j]
			b.ids(k.places, &f.ID)
			b.order(&f.Span)
			if f.Span.Until >= a.Formed {
				b.say(b.of(f), "programme.former.until", "day", day(a.Formed))
			}
		}
	}
}

// cannotExist: these top-level names are reserved by RFC 2606 and never resolve.
func cannotExist(mail string) bool {
	_, host, _ := strings.Cut(strings.ToLower(mail), "@")
	return strings.HasSuffix(host, ".invalid") || strings.HasSuffix(host, ".example") || strings.HasSuffix(host, ".test")
}

// order tells when a span ends before it begins.
func (b *binder) order(s *Span) {
	if s.Until < s.From {
		b.say(b.of(&s.Until), "programme.span.order", "from", day(s.From), "until", day(s.Until))
	}
}

// spans checks each span and that no two of a list overlap.
func (b *binder) spans(n int, span func(int) *Span) {
	for i := range n {
		b.order(span(i))
		for j := range i {
			if span(i).Overlaps(*span(j)) {
				where := b.of(&span(i).From)
				if _, ok := b.at[&span(i).From]; !ok {
					where = b.of(&span(i).Until)
				}
				b.say(where, "programme.span.overlap", "from", day(span(j).From), "until", day(span(j).Until))
			}
		}
	}
}

func checkPlaces(p *Programme, b *binder, k known) {
	former := map[string]string{} // former municipality → the area it went into
	for _, a := range p.Region.Municipalities {
		for _, f := range a.Former {
			former[f.ID] = a.ID
		}
	}
	for i := range p.Places {
		at := &p.Places[i]
		b.ids(k.places, &at.ID)
		b.ref(k.areas, "municipality", &at.Municipality)
		if at.Former != "" && former[at.Former] != at.Municipality {
			b.say(b.of(&at.Former), "programme.ref.former", "id", clip(at.Former))
		}
		b.order(&at.Span)
		b.refs(k.sources, "source", at.Sources)
		if strings.Trim(at.Postcode, "0123456789") != "" {
			b.say(b.of(&at.Postcode), "programme.digits", "count", 5)
		}
	}
}

func checkPeriod(p *Programme, b *binder) {
	t := &p.Programme.Period
	if b.at[&t.PlannedEnd] != (pos{}) && t.PlannedEnd < t.Start {
		b.say(b.of(&t.PlannedEnd), "programme.span.order", "from", day(t.Start), "until", day(t.PlannedEnd))
	}
	if t.ActualEnd < t.Start {
		b.say(b.of(&t.ActualEnd), "programme.span.order", "from", day(t.Start), "until", day(t.ActualEnd))
	}
	if t.ActualEnd < t.PlannedEnd && t.EndReason.Empty() {
		b.say(b.of(&t.ActualEnd), "programme.end.reason")
	}
	b.ref(collectActors(p), "actor", &p.Programme.National.Ministry)
}

func collectActors(p *Programme) ids {
	out := ids{}
	for _, a := range p.Actors {
		out[a.ID] = true
	}
	return out
}

// checkTree follows themes, packages and networks both ways: a theme lists a
// network exactly when the network lists the theme, and only one it is in.
func checkTree(p *Programme, b *binder, k known) {
	joined, lists := ids{}, map[string]ids{}
	for i := range p.Networks {
		n := &p.Networks[i]
		b.refs(k.themes, "theme", n.Themes)
		b.order(&n.Span)
		lists[n.ID] = ids{}
		for _, t := range n.Themes {
			lists[n.ID][t] = true
		}
		if n.Member {
			joined[n.ID] = true
		} else if len(n.Themes) > 0 {
			b.say(b.of(&n.Themes), "programme.network.outside", "id", clip(n.ID))
		}
	}
	uses := map[string]ids{}
	for i := range p.Themes {
		t := &p.Themes[i]
		b.refs(k.goals, "goal", t.Goals)
		b.refs(k.networks, "network", t.Networks)
		uses[t.ID] = ids{}
		for j := range t.Networks {
			id := &t.Networks[j]
			uses[t.ID][*id] = true
			if k.networks[*id] && joined[*id] && !lists[*id][t.ID] {
				b.say(b.of(id), "programme.network.theme", "network", clip(*id), "theme", clip(t.ID))
			}
			if k.networks[*id] && !joined[*id] {
				b.say(b.of(id), "programme.network.outside", "id", clip(*id))
			}
		}
		for j := range t.Packages {
			g := &t.Packages[j]
			b.refs(k.topics, "topic", g.Topics)
			b.refs(k.places, "place", g.Places)
			b.refs(k.projects, "project", g.Projects)
			for x := range g.Actors {
				b.ref(k.actors, "actor", &g.Actors[x].Actor)
			}
		}
	}
	for i := range p.Networks {
		n := &p.Networks[i]
		for j := range n.Themes {
			if t := n.Themes[j]; k.themes[t] && !uses[t][n.ID] {
				b.say(b.of(&n.Themes[j]), "programme.network.theme", "network", clip(n.ID), "theme", clip(t))
			}
		}
	}
}

func checkWorks(p *Programme, b *binder, k known) {
	for i := range p.Actors {
		b.ref(k.areas, "municipality", &p.Actors[i].Municipality)
		b.order(&p.Actors[i].Span)
	}
	after := map[string]string{}
	for i := range p.Documents {
		d := &p.Documents[i]
		b.ref(k.actors, "actor", &d.By)
		b.ref(k.packages, "package", &d.Package)
		b.ref(k.documents, "document", &d.After)
		if after[d.ID] == "" {
			after[d.ID] = d.After
		}
	}
	for i := range p.Documents {
		d := &p.Documents[i]
		next := d.After
		for range len(p.Documents) { // longer than any chain without a loop
			if next == d.ID {
				b.say(b.of(&d.After), "programme.after.loop", "id", clip(d.ID))
				break
			}
			next = after[next]
		}
	}
	for i := range p.Projects {
		j := &p.Projects[i]
		b.ref(k.actors, "actor", &j.By)
		b.ref(k.packages, "package", &j.Package)
		if j.End < j.Start {
			b.say(b.of(&j.End), "programme.span.order", "from", day(j.Start), "until", day(j.End))
		}
	}
	for i := range p.Milestones {
		b.ref(k.documents, "document", &p.Milestones[i].Document)
	}
	for i := range p.Challenges {
		b.ref(k.packages, "package", &p.Challenges[i].Package)
	}
	for i := range p.Assets {
		b.ref(k.places, "place", &p.Assets[i].Place)
	}
}

func checkCall(p *Programme, b *binder) {
	if t := &p.Call.Promise; t.Most > 0 && t.Aim > t.Most {
		b.say(b.of(&t.Aim), "programme.promise", "most", t.Most)
	}
	have := map[Purpose]bool{}
	for i := range p.Answers {
		a := &p.Answers[i]
		have[a.Purpose] = true
		for _, t := range []*Text{&a.Title, &a.Body} {
			original := wordsIn(t.In(""))
			for _, l := range t.Languages() {
				said := wordsIn(t.In(l))
				for _, w := range said {
					if !slices.Contains(Words(), w) {
						b.say(b.of(t), "programme.answer.word", "word", clip(w), "words", strings.Join(Words(), ", "))
					}
				}
				if t.Has(l) && !slices.Equal(said, original) {
					b.say(b.of(t), "programme.answer.differs", "language", l)
				}
			}
		}
	}
	for _, want := range []Purpose{FirstReply, AskMore, Introduce, Close} {
		if !have[want] && len(p.Answers) > 0 {
			b.say(b.of(&p.Answers), "programme.answer.missing", "purpose", string(want))
		}
	}
}

func checkBrand(p *Programme, b *binder) {
	schemes := []struct {
		name   string
		tokens *map[string]string
	}{{"light", &p.Brand.Light}, {"dark", &p.Brand.Dark}}
	for i, s := range schemes {
		other := *schemes[1-i].tokens
		for _, token := range sorted(*s.tokens) {
			where := b.of(mapKey{s.tokens, token})
			if !isID(strings.ReplaceAll(token, "_", "-")) {
				b.say(where, "programme.id.wrong", "value", clip(token))
			}
			if _, ok := luminance((*s.tokens)[token]); !ok {
				b.say(where, "programme.colour.wrong", "value", clip((*s.tokens)[token]))
			}
			if _, ok := other[token]; !ok {
				b.say(where, "programme.colour.both", "token", clip(token))
			}
		}
		for j := range p.Brand.Pairs {
			pair := &p.Brand.Pairs[j]
			text, ok := (*s.tokens)[pair.Text]
			ground, ok2 := (*s.tokens)[pair.On]
			if !ok && i == 0 {
				b.say(b.of(&pair.Text), "programme.ref.token", "id", clip(pair.Text))
			}
			if !ok2 && i == 0 {
				b.say(b.of(&pair.On), "programme.ref.token", "id", clip(pair.On))
			}
			if c := Contrast(text, ground); c > 0 && c < readable {
				b.say(b.of(pair), "programme.contrast", "text", pair.Text, "on", pair.On, "scheme", s.name, "ratio", fmt.Sprintf("%.1f", c))
			}
		}
	}
}

func sorted(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
