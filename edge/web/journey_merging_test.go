package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/journey/spark"
)

// TestBrowserMergeByKeyboard: three people bring the same; the office joins them
// with the keyboard alone, answers once, and each of the three hears; the joined
// one writes back through their own link; taken apart, it goes its own way.
func TestBrowserMergeByKeyboard(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		var codes, mails []string
		for i, more := range []string{words.text, words.more, words.reply} {
			mails = append(mails, fmt.Sprintf("tuoja-%d-%v@posti.example", i, scripts))
			sp, _ := s.drops(t, spark.Draft{Text: fmt.Sprintf("%s %s (%v)", words.title, more, scripts), Name: fmt.Sprintf("%s %d", words.name, i), Email: mails[i]})
			codes = append(codes, sp.Code)
			s.letter(t, mails[i], sp.Code)
		}
		p := s.desk(t, scripts)
		s.signIn(t, p, s.planner)
		p.Open(s.page("/toimisto/kipinat"))
		box := func(code string) func(e browsertest.Element) bool {
			return func(e browsertest.Element) bool {
				return e.Name == "k" && browsertest.Evaluate[string](p, "document.activeElement.value") == code
			}
		}
		if scripts {
			// One letter a row: the newest three are ours.
			for range 3 {
				p.Press("j")
				p.Press("x")
			}
			for _, code := range codes {
				if !browsertest.Evaluate[bool](p, "document.querySelector(`input[name=k][value='"+code+"']`).checked") {
					t.Fatalf("x did not choose %s", code)
				}
			}
			if got := p.FollowKeys("y"); got != http.StatusOK {
				t.Fatalf("y led to %d at %s", got, p.URL())
			}
		} else {
			for _, code := range []string{codes[2], codes[1], codes[0]} {
				tabTo(t, p, box(code))
				p.Press(" ")
			}
			tabTo(t, p, func(e browsertest.Element) bool { return flat(e.Text) == flat(s.T("bulk.title")) })
			p.Press(browsertest.Enter)
			tabTo(t, p, func(e browsertest.Element) bool { return e.Tag == "button" && flat(e.Text) == flat(s.T("bulk.merge")) })
			if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK {
				t.Fatalf("Enter led to %d", got)
			}
		}
		if got := p.URL(); !strings.HasPrefix(got, s.page("/toimisto/yhdista")) {
			t.Fatalf("led to %s", got)
		}
		marked := flat(strings.Join(p.Texts(".sides mark"), " "))
		if !strings.Contains(marked, flat(strings.Fields(words.title)[0])) {
			t.Errorf("the same words are not marked: %q", marked)
		}
		if got := p.Value("input[name=stays]:checked"); got != codes[0] {
			t.Errorf("%s would stay, want the oldest, %s", got, codes[0])
		}
		browsertest.Axe(t, p)
		if over := p.Overflow(); over > 0 {
			t.Errorf("the comparison is %d px too wide", over)
		}
		tabTo(t, p, func(e browsertest.Element) bool { return e.Tag == "button" && flat(e.Text) == flat(s.T("merge.do")) })
		if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK || p.URL() != s.page("/toimisto/kipina/"+codes[0]) {
			t.Fatalf("joining gave %d at %s", got, p.URL())
		}
		shows(t, p, "main [role=status]", codes[1], codes[2])
		shows(t, p, "section[aria-labelledby=yhdistetyt]", codes[1], codes[2])
		browsertest.Axe(t, p)
		told := s.letter(t, mails[1], codes[1], codes[0], s.planner.Name)
		s.letter(t, mails[2], codes[2], codes[0])

		// One answer.
		before := len(s.post.Messages())
		if scripts {
			p.Press("a")
			if at := p.Focused(); at.ID != "vastaa-words" {
				t.Fatalf("a led to %+v", at)
			}
			p.Press("j x u") // letters are letters while one types
		} else {
			tabTo(t, p, func(e browsertest.Element) bool { return e.ID == "vastaa-words" })
		}
		p.Paste("#vastaa-words", words.agreed)
		tabTo(t, p, func(e browsertest.Element) bool {
			return e.Tag == "button" && flat(e.Text) == flat(s.T("workspark.answer.send"))
		})
		if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK {
			t.Fatalf("answering gave %d", got)
		}
		for i, mail := range mails {
			s.letterAfter(t, before, mail, codes[i], words.agreed)
		}

		// The joined one's own page, and their word.
		bringer := s.phone(t, scripts)
		bringer.Open(s.linkIn(t, told, "/oma/"))
		shows(t, bringer, "section[aria-labelledby=joined]", codes[0])
		shows(t, bringer, "section[aria-labelledby=text]", words.more)
		shows(t, bringer, ".story", words.agreed)
		bringer.Paste("#words", words.question)
		follows(t, bringer, reply, http.StatusOK)
		shows(t, bringer, ".story", words.question)
		s.letter(t, s.planner.Email, words.question)
		browsertest.Axe(t, bringer)
		if over := bringer.Overflow(); over > 0 {
			t.Errorf("the own page is %d px too wide", over)
		}
		stranger := s.phone(t, scripts)
		stranger.Open(s.page("/kipina/" + codes[1]))
		follows(t, stranger, "section[aria-labelledby=joined] a", http.StatusOK)
		shows(t, stranger, "header .meta", words.name+" 0", words.name+" 1", words.name+" 2")
		if strings.Contains(stranger.Text("body"), words.question) {
			t.Error("the public reads what was said to the office only")
		}
		browsertest.Axe(t, stranger)

		// Taken apart, from where it was joined.
		p.Open(s.page("/toimisto/kipina/" + codes[1]))
		tabTo(t, p, func(e browsertest.Element) bool {
			return e.Tag == "button" && strings.HasPrefix(flat(e.Text), flat(s.T("workspark.merged.apart")))
		})
		if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK {
			t.Fatalf("taking apart gave %d", got)
		}
		s.letterAfter(t, before, mails[1], codes[1], codes[0])
		after, err := spark.ByCode(t.Context(), s.db, "kouvola", codes[1])
		must(t, err)
		if after.MergedInto != 0 || !after.Waiting {
			t.Errorf("taken apart: %+v", after)
		}
		// And that was a mistake.
		if scripts {
			if got := p.FollowKeys("u"); got != http.StatusOK {
				t.Fatalf("u gave %d", got)
			}
		} else {
			tabTo(t, p, func(e browsertest.Element) bool { return e.Tag == "button" && flat(e.Text) == flat(s.T("act.undo")) })
			if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK {
				t.Fatalf("undoing gave %d", got)
			}
		}
		after, err = spark.ByCode(t.Context(), s.db, "kouvola", codes[1])
		must(t, err)
		if after.MergedInto == 0 {
			t.Error("taking apart was not taken back")
		}
		bringer.Open(bringer.URL())
		shows(t, bringer, "section[aria-labelledby=joined]", codes[0])
		s.decent(t, bringer, false)
		s.decent(t, stranger, false)
		s.decent(t, p, true)
	})
}

// TestBrowserLettersCanBeSwitchedOff: who dictates or bumps keys turns the single
// letters off in this browser; Tab reaches all the same.
func TestBrowserLettersCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Finnish)
	s.drops(t, spark.Draft{Text: said(i18n.Finnish).title})
	s.drops(t, spark.Draft{Text: said(i18n.Finnish).more})
	p := s.desk(t, true)
	s.signIn(t, p, s.planner)
	p.Open(s.page("/toimisto/kipinat"))
	p.Press("?")
	if !p.Has("dialog[open]") {
		t.Fatal("? shows no help")
	}
	for _, key := range []string{"pick", "answer", "merge", "undo", "next"} {
		shows(t, p, "dialog", s.T("work.key."+key))
	}
	browsertest.Axe(t, p)
	p.Click("dialog input[type=checkbox]")
	p.Click("dialog form button")
	p.Press("j")
	p.Press("x")
	if p.Focused().Tag == "a" || browsertest.Evaluate[int](p, "document.querySelectorAll('input[name=k]:checked').length") != 0 {
		t.Error("a letter acts although letters are off")
	}
	p.Open(s.page("/toimisto/kipinat"))
	p.Press("j")
	if p.Focused().Tag == "a" {
		t.Error("the choice was forgotten")
	}
	tabTo(t, p, func(e browsertest.Element) bool { return e.Name == "k" })
	s.decent(t, p, true)
}
