package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// Violation is one rule of WCAG 2.0–2.2, level A or AA, that a page breaks.
type Violation struct {
	Rule   string // axe-core's name of the rule
	Impact string // minor, moderate, serious or critical
	Help   string // the rule in a sentence
	Nodes  []struct {
		Target  string // a selector of the element
		HTML    string // its beginning
		Summary string // what to mend
	}
}

func (v Violation) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s): %s", v.Rule, v.Impact, v.Help)
	for _, node := range v.Nodes {
		fmt.Fprintf(&text, "\n    %s\n      %s\n      %s", node.Target, node.HTML,
			strings.ReplaceAll(strings.TrimSpace(node.Summary), "\n", "\n      "))
	}
	return text.String()
}

// Axe fails the test with a readable list when the page breaks a rule.
func Axe(t testing.TB, p *Page) {
	t.Helper()
	violations := p.Violations()
	for _, violation := range violations {
		t.Errorf("axe: %s", violation)
	}
	if len(violations) > 0 {
		t.Errorf("axe: %d rules broken on %s", len(violations), p.URL())
	}
}

// Violations judges the page as it is now. axe-core enters through the debugger,
// so that neither a content security policy nor scripts turned off keeps it out.
func (p *Page) Violations() []Violation {
	p.t.Helper()
	if !p.scripts {
		// axe waits with timers, which stand still while scripts are off. The
		// page's own scripts were never loaded, so turning them on changes nothing.
		do(p, "letting axe run", send(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}))
		defer do(p, "turning scripts off", send(emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: true}))
	}
	if !Evaluate[bool](p, `typeof axe === 'object'`) { // it is on the page already when that was judged before
		root, err := repository()
		p.must("finding axe-core", err)
		source, err := os.ReadFile(filepath.Join(root, "edge/web/assets/node_modules/axe-core/axe.min.js"))
		if err != nil {
			p.t.Fatalf("axe-core is not there (run make assets): %v", err)
		}
		Evaluate[bool](p, string(source)+"\n;true")
	}
	// target-size is of WCAG 2.2 but off unless it is asked for.
	return Evaluate[[]Violation](p, `axe.run(document, {
		runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']},
		rules: {'target-size': {enabled: true}},
		resultTypes: ['violations'],
		preload: false,
	}).then(result => result.violations.map(v => ({
		Rule: v.id, Impact: v.impact, Help: v.help,
		Nodes: v.nodes.map(n => ({Target: n.target.join(' '), HTML: n.html.slice(0, 200), Summary: n.failureSummary})),
	})))`)
}
