package spark_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/journey/spark"
)

// plain is a small programme.
type plain struct{}

func (plain) PlaceNamed(name string) (string, bool) { return strings.ToLower(name), name == "Kymi" }
func (plain) HasTag(kind, id string) bool {
	return kind == "theme" && (id == "glocal" || id == "strategic")
}
func (plain) ReplyWorkdays() int { return 5 }

func TestCheck(t *testing.T) {
	t.Parallel()
	good := func() spark.Draft { return spark.Draft{Text: "Penkki torille.", Language: "fi"} }
	for name, c := range map[string]struct {
		bend func(d *spark.Draft)
		want []string // "field key" of every mistake
	}{
		"only a text":            {func(d *spark.Draft) {}, nil},
		"everything":             {func(d *spark.Draft) { *d = maija() }, nil},
		"no text":                {func(d *spark.Draft) { d.Text = " \n\t " }, []string{"text spark.text.missing"}},
		"invisible text":         {func(d *spark.Draft) { d.Text = "\u200B\u2060\u3164\u2800\u202E" }, []string{"text spark.text.missing"}},
		"text at the bound":      {func(d *spark.Draft) { d.Text = strings.Repeat("ä", spark.MaxText) }, nil},
		"text over the bound":    {func(d *spark.Draft) { d.Text = strings.Repeat("ä", spark.MaxText+1) }, []string{"text too_long"}},
		"ten megabytes":          {func(d *spark.Draft) { d.Text = strings.Repeat("kipinä ", 1<<20+1<<19) }, []string{"text too_long"}},
		"long title":             {func(d *spark.Draft) { d.Title = strings.Repeat("x", spark.MaxTitle+1) }, []string{"title too_long"}},
		"long name and place":    {func(d *spark.Draft) { d.Name, d.Place = strings.Repeat("n", 121), strings.Repeat("p", 121) }, []string{"name too_long", "place too_long"}},
		"unknown kind":           {func(d *spark.Draft) { d.Kind = "wish" }, []string{"kind spark.kind.wrong"}},
		"do not know the kind":   {func(d *spark.Draft) { d.Kind = "" }, nil},
		"unknown theme":          {func(d *spark.Draft) { d.Themes = []string{"glocal", "mars", "moon"} }, []string{"themes spark.theme.unknown"}},
		"unknown place is kept":  {func(d *spark.Draft) { d.Place = "Mummola" }, nil},
		"bad address":            {func(d *spark.Draft) { d.Email = "maija@" }, []string{"email email.wrong"}},
		"address mail can't use": {func(d *spark.Draft) { d.Email = "mäkinen@kymi.example" }, []string{"email email.wrong"}},
		"address literal":        {func(d *spark.Draft) { d.Email = "maija@[127.0.0.1]" }, []string{"email email.wrong"}},
		"header in an address":   {func(d *spark.Draft) { d.Email = "a@b.example\r\nBcc: c@d.example" }, []string{"email email.wrong"}},
		"two addresses":          {func(d *spark.Draft) { d.Email = "a@b.example, c@d.example" }, []string{"email email.wrong"}},
		"address with å":         {func(d *spark.Draft) { d.Email = "info@hiidenmäki.example" }, nil},
		"capital address":        {func(d *spark.Draft) { d.Email = " Maija@Kymi.EXAMPLE " }, nil},
		"phone":                  {func(d *spark.Draft) { d.Phone = "+358 (0)40-765 43 21" }, nil},
		"phone in words":         {func(d *spark.Draft) { d.Phone = "soita naapuriin" }, []string{"phone phone.wrong"}},
		"short phone":            {func(d *spark.Draft) { d.Phone = "1234" }, []string{"phone phone.wrong"}},
		"padded phone":           {func(d *spark.Draft) { d.Phone = "12345" + strings.Repeat("-", 5000) }, []string{"phone too_long"}},
		"call without phone":     {func(d *spark.Draft) { d.Contact = spark.Call }, []string{"phone spark.contact.phone"}},
		"mail without address":   {func(d *spark.Draft) { d.Contact = spark.Mail }, []string{"email spark.contact.email"}},
		"meet without either":    {func(d *spark.Draft) { d.Contact = spark.Meet }, []string{"email spark.contact.meet"}},
		"meet by phone":          {func(d *spark.Draft) { d.Contact, d.Phone = spark.Meet, "05 1234567" }, nil},
		"not at all":             {func(d *spark.Draft) { d.Contact = spark.NotMe }, nil},
		"odd contact":            {func(d *spark.Draft) { d.Contact = "pigeon" }, []string{"contact spark.contact.wrong"}},
		"odd visibility":         {func(d *spark.Draft) { d.Visibility = "friends" }, []string{"visibility spark.visibility.wrong"}},
		"odd language":           {func(d *spark.Draft) { d.Language = "se" }, []string{"language language.wrong"}},
		"all wrong at once": {func(d *spark.Draft) {
			*d = spark.Draft{Kind: "x", Themes: []string{"x"}, Email: "x", Phone: "x", Contact: "x", Visibility: "x", Language: "x"}
		}, []string{"text spark.text.missing", "kind spark.kind.wrong", "themes spark.theme.unknown", "email email.wrong", "phone phone.wrong", "contact spark.contact.wrong", "visibility spark.visibility.wrong", "language language.wrong"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := good()
			c.bend(&d)
			err := d.Check(plain{})
			if err != nil {
				is(t, "check", err, fault.Invalid)
			}
			var got []string
			for _, e := range fault.List(err) {
				got = append(got, e.Field+" "+e.Key)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestCheckCleansAndFillsIn(t *testing.T) {
	t.Parallel()
	d := spark.Draft{Text: "  Penkki\u202E torille.\r\nSe tulisi \x00kaivolle.  ", Name: " Maija\r\n Meikäläinen\u2066 ", Email: " Maija@Kymi.EXAMPLE", Place: "a\u0308iti",
		Themes: []string{"strategic", "glocal", "strategic"}, Secret: true, Visibility: spark.Public, Language: "fi"}
	if err := d.Check(plain{}); err != nil {
		t.Fatal(err)
	}
	if d.Text != "Penkki torille.\nSe tulisi kaivolle." || d.Title != "Penkki torille" || d.Name != "Maija Meikäläinen" || d.Email != "maija@kymi.example" || d.Place != "äiti" {
		t.Errorf("%+v", d)
	}
	if !slices.Equal(d.Themes, []string{"strategic", "glocal"}) {
		t.Errorf("themes %q", d.Themes)
	}
	if d.Visibility != spark.Office {
		t.Error("a trade secret is not kept in the office")
	}
	open := spark.Draft{Text: "x", Language: "sv"}
	if err := open.Check(plain{}); err != nil || open.Visibility != spark.Public {
		t.Errorf("%v, %q", err, open.Visibility)
	}
}

func TestFirstSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Penkki torille. Se maksaisi vähän.":            "Penkki torille",
		"Miksei torilla ole penkkiä? Kysyn vain.":       "Miksei torilla ole penkkiä?",
		"Penkki torille! Nyt.":                          "Penkki torille!",
		"Reitti 3.5 km Kymijoelle. Lisää.":              "Reitti 3.5 km Kymijoelle",
		"Sivut www.kouvola.fi uusiksi. Lisää.":          "Sivut www.kouvola.fi uusiksi",
		"Kokoontua voisi esim. Kuusankoskella. Usein.":  "Kokoontua voisi esim. Kuusankoskella",
		"Mukana mm. Kymin Sälli. Muitakin.":             "Mukana mm. Kymin Sälli",
		"T. Virtanen ehdottaa penkkiä. Minä en.":        "T. Virtanen ehdottaa penkkiä",
		"1. Penkki torille\n2. Kaivo":                   "1. Penkki torille",
		"Juhlat 6. joulukuuta. Tervetuloa.":             "Juhlat 6. joulukuuta",
		"Juhlat vuonna 2027. Tervetuloa.":               "Juhlat vuonna 2027",
		"Otsikko\n\nLeipä teksti.":                      "Otsikko",
		"Vem sköter t.ex. Älven? Jag.":                  "Vem sköter t.ex. Älven?",
		"...":                                           "...",
		"… ja sitten? Niin.":                            "… ja sitten?",
		"Kylä":                                          "Kylä",
		strings.Repeat("kipinä ", 30):                   strings.TrimSpace(strings.Repeat("kipinä ", 12)) + "…",
		strings.Repeat("ä", 200):                        strings.Repeat("ä", 89) + "…",
		strings.Repeat("ä", 90):                         strings.Repeat("ä", 90),
		"Ensimmäinen rivi ilman pistettä\nToinen rivi.": "Ensimmäinen rivi ilman pistettä",
	} {
		if got := spark.FirstSentence(text); got != want {
			t.Errorf("%q gave %q, want %q", text, got, want)
		}
	}
}

var nasty = []string{
	"", " ", "Penkki torille.", "a\r\nb\rc\u2028d\u0085e", "\x00\x1b[31m\u202Eabc\u202C\u2066x\u2069\u200E\u061C\uFEFF", "a\u0308", "\xff\xfe\xc3", "e\u0301\u0327" + strings.Repeat("\u0301", 100),
	"\u0301\u0301", "👩\u200D🌾 pelto", "ﷺ", "\u1100\u1161\u11A8", "T. V. A. B. C.", ". . . .", "\u200B.\u200B", "x\u00a0\u00ad\ny", "\U000E0041\U000E0042", "…………", "ẛ̣", "İ. ı.", strings.Repeat("- ", 80),
}

// Most texts need no cleaning, which is seen at a glance: what comes out is the same as
// when there is something to clean at the end.
func TestCleanAtAGlance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("aäö Å€é–”…\u00a0\u00ad\n\t\r\v\u0085\u0301\u200b\u202e\u2028\u3000\ufffd\x00\x7f"))).Draw(t, "s")
		if got, want := spark.Clean(s), spark.Clean(s+"\u2029"); got != want {
			t.Errorf("Clean(%q) is %q, want %q", s, got, want)
		}
		if got, want := spark.CleanLine(s), spark.CleanLine(s+"\u2029"); got != want {
			t.Errorf("CleanLine(%q) is %q, want %q", s, got, want)
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := spark.Clean(s)
		safe(t, s, got, true)
		if again := spark.Clean(got); again != got {
			t.Errorf("%q cleans to %q and then to %q", s, got, again)
		}
		line := spark.CleanLine(s)
		safe(t, s, line, false)
		if again := spark.CleanLine(line); again != line {
			t.Errorf("%q cleans to the line %q and then to %q", s, line, again)
		}
	})
}

func safe(t *testing.T, from, s string, many bool) {
	t.Helper()
	if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) || strings.TrimSpace(s) != s {
		t.Errorf("%q became %q: broken, not composed or with white ends", from, s)
	}
	for _, r := range s {
		ok := many && (r == '\n' || r == '\t')
		if unicode.IsControl(r) && !ok || unicode.Is(unicode.Bidi_Control, r) || r == 0xFEFF || !many && (r == 0x2028 || r == 0x2029) {
			t.Errorf("%q became %q with %U", from, s, r)
		}
	}
}

func FuzzFirstSentence(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := spark.Clean(s)
		title := spark.FirstSentence(text)
		safe(t, s, title, false)
		if (title == "") != (text == "") {
			t.Errorf("%q is titled %q", text, title)
		}
		if utf8.RuneCountInString(title) > spark.MaxSentence {
			t.Errorf("%d characters: %q", utf8.RuneCountInString(title), title)
		}
	})
}

func FuzzDraft(f *testing.F) {
	for i, s := range nasty {
		f.Add(s, nasty[(i+1)%len(nasty)], nasty[(i+2)%len(nasty)], nasty[(i+3)%len(nasty)])
	}
	f.Fuzz(func(t *testing.T, text, title, name, email string) {
		d := spark.Draft{Text: text, Title: title, Name: name, Email: email, Place: name, Phone: title, Language: "en"}
		if d.Check(plain{}) != nil {
			return
		}
		safe(t, text, d.Text, true)
		for _, s := range []string{d.Title, d.Name, d.Email, d.Place, d.Phone} {
			safe(t, s, s, false)
		}
		if d.Title == "" || utf8.RuneCountInString(d.Title) > spark.MaxTitle {
			t.Errorf("title %q", d.Title)
		}
		again := d
		if err := again.Check(plain{}); err != nil || again.Text != d.Text || again.Title != d.Title || again.Name != d.Name || again.Email != d.Email {
			t.Errorf("checked twice: %v, %+v and %+v", err, d, again)
		}
	})
}
