package web_test

import (
	"slices"
	"strings"
	"testing"

	"kokko/edge/web"
	"kokko/region/programme"
)

// unreserved lists the first parts of addresses that a region could take as its
// slug and so hide.
func unreserved(patterns, reserved []string) (all []string) {
	for _, p := range patterns {
		_, path, _ := strings.Cut(p, " ")
		first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if first != "" && first != "{$}" && !slices.Contains(reserved, first) && !strings.ContainsAny(first, ".{") {
			all = append(all, first)
		}
	}
	return all
}

func TestNoRegionCanHideAPage(t *testing.T) {
	t.Parallel()
	reserved := programme.ReservedSlugs()
	if missing := unreserved(append(web.Patterns(), "GET /assets/{file}"), reserved); len(missing) > 0 {
		t.Errorf("not reserved as slugs: %v", missing)
	}
	if got := unreserved([]string{"GET /uusi-sivu/{id}"}, reserved); len(got) != 1 {
		t.Error("the check finds nothing")
	}
}
