package i18n_test

import (
	"testing"

	"kokko/ground/i18n"
)

// No line ends at the dash of a range, in a text or beside one; other dashes are left.
func TestARangeStaysTogether(t *testing.T) {
	t.Parallel()
	const together = "3\u2060–\u20607"
	if got := i18n.Numbers(3, 7); got != together {
		t.Errorf("%q", got)
	}
	b, err := i18n.Load(tree(map[string]string{"range.fi.yaml": "a: \"Väliltä {{.low}}–{{.high}}, enintään 3–7 {{.what}}\"\nb: \"Kieli – E–I\"\n"}))
	if err != nil {
		t.Fatal(err)
	}
	say := b.For(i18n.Finnish)
	if got, want := say.T("a", "low", 1, "high", "2", "what", "8–9"), "Väliltä 1\u2060–\u20602, enintään "+together+" 8–9"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := say.T("b"); got != "Kieli – E–I" {
		t.Errorf("%q", got)
	}
}
