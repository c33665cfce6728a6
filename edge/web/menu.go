package web

import "kokko/region/office"

// menuGroup is pages of the office's menu that belong together; one without a name
// stands in the menu itself.
type menuGroup struct {
	Key   string // what the group is called
	Lines []menuLine
}

// menuLine is a page of the menu.
type menuLine struct {
	Path  string
	Key   string // what it is called
	needs right  // the page's own; none when every officer may
}

// officeMenu is all that the office's menu may have, in its order: a new page is a
// line here.
func officeMenu() []menuGroup {
	read := func(o office.Object) right { return right{Object: o, Verb: office.Read} }
	return []menuGroup{
		{"", []menuLine{
			{Path: "/toimisto", Key: "nav.work"},
		}},
		{"nav.group.sparks", []menuLine{
			{Path: "/toimisto/soitot", Key: "nav.calls"},
			{"/toimisto/uusi", "nav.enter", right{Object: office.Sparks, Verb: office.Enter}},
			{Path: questionsAt, Key: "nav.questions"},
			{pairsAt, "pairs.title", read(office.Sparks)},
			{holdAt, "hold.title", read(office.Moderation)},
		}},
		{"nav.group.people", []menuLine{
			{introductionsAt, "intro.work.title", read(office.Contacts)},
			{workRingsAt, "ringwork.title", read(office.Sparks)},
			{eventsAt, "workevent.title", read(office.Events)},
			{organisationsAt, "organisations.title", read(office.Sparks)},
			{workTablesAt, "table.list.title", read(office.Events)},
			{networksAt, "network.list.title", read(office.Events)},
			{wavesAt, "wave.list.title", read(office.Events)},
			{gapsAt, "gaps.title", read(office.Events)},
			{workAssetsAt, "workasset.title", read(office.Assets)},
		}},
		{"nav.group.results", []menuLine{
			{Path: workMeasuresAt, Key: "measure.title", needs: read(office.Sparks)},
			{demandAt, "demand.title", read(office.Sparks)},
		}},
		{"nav.group.settings", []menuLine{
			{Path: settingsAt, Key: "nav.settings"},
			{"/toimisto/lahtevat", "nav.outbox", read(office.Outbox)},
		}},
	}
}

// menu is what of it the officer may open; a group with nothing in it is not there.
func (v *Visit) menu() (groups []menuGroup) {
	for _, g := range officeMenu() {
		var open []menuLine
		for _, l := range g.Lines {
			if l.needs == (right{}) || v.May(l.needs) {
				open = append(open, l)
			}
		}
		if len(open) > 0 {
			groups = append(groups, menuGroup{g.Key, open})
		}
	}
	return groups
}

// has tells whether a page is in the group.
func (g menuGroup) has(path string) bool {
	for _, l := range g.Lines {
		if l.Path == path {
			return true
		}
	}
	return false
}
