package web_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"kokko/edge/web/browsertest"
)

// TestBrowserOfficeMenu: the office's menu is one row at a desk, its groups open with
// and without scripts and by the keyboard, one at a time, and nothing sticks out of a
// narrow window; the group one is in says so.
func TestBrowserOfficeMenu(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		desk := s.desk(t, scripts)
		s.signIn(t, desk, s.manager)
		open := func() int {
			return browsertest.Evaluate[int](desk, `document.querySelectorAll('.nav details[open]').length`)
		}
		for _, width := range []int{1200, 700, 640, 320} {
			desk.Seen(browsertest.Viewport(width, 700), browsertest.ReducedMotion())
			if height := browsertest.Evaluate[int](desk, `Math.round(document.querySelector('.nav').getBoundingClientRect().height)`); width == 1200 && height > 50 {
				t.Errorf("the menu is %d px high at a desk", height)
			}
			groups := browsertest.Evaluate[int](desk, `document.querySelectorAll('.nav details').length`)
			for i := range groups {
				desk.Click(fmt.Sprintf(".nav li:has(> details):nth-child(%d) summary", i+2))
				if got := open(); got != 1 {
					t.Errorf("%d groups are open at %d px", got, width)
				}
				if over := desk.Overflow(); over > 0 {
					t.Errorf("group %d makes the page %d px wider than a window of %d", i+1, over, width)
				}
				browsertest.Axe(t, desk)
				if at := os.Getenv("KOKKO_LOOK"); at != "" && scripts && i%2 == 1 {
					desk.Screenshot(fmt.Sprintf("%s/menu-%s-%d-%d.png", at, s.lang, width, i))
				}
			}
			desk.Click(".nav details[open] summary")
		}
		desk.Seen(browsertest.ReducedMotion())
		tabTo(t, desk, func(e browsertest.Element) bool { return e.Tag == "summary" })
		desk.Press(browsertest.Enter)
		if open() != 1 {
			t.Error("Enter opens no group")
		}
		if scripts {
			desk.Press(browsertest.Escape)
			if at := desk.Focused(); open() != 0 || at.Tag != "summary" {
				t.Errorf("Esc leaves %d open, the focus at %+v", open(), at)
			}
			desk.Press(browsertest.Enter)
		}
		desk.Tab(1)
		if got := desk.FollowKeys(browsertest.Enter); got != http.StatusOK || desk.URL() != s.page("/toimisto/soitot") {
			t.Errorf("the first of the group leads to %d, %s", got, desk.URL())
		}
		if got := browsertest.Evaluate[[]string](desk, `Array.from(document.querySelectorAll('.nav [aria-current]'), e => e.localName + ' ' + e.getAttribute('aria-current'))`); fmt.Sprint(got) != "[summary true a page]" {
			t.Errorf("here one is at %v", got)
		}
		s.decent(t, desk, true)
	})
}
