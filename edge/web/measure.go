package web

import (
	"context"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/table"
	"kokko/journey/measure"
	"kokko/region/network"
	"kokko/region/office"
)

// How the programme fares, in numbers: for everybody by quarters, for the office by
// months, quarters and years, and as a file with what each means.

const (
	measuresAt     = "/mittarit"
	workMeasuresAt = "/toimisto/mittarit"
)

func measureRoutes() []route {
	return []route{
		{pattern: "GET " + measuresAt, limit: 120, knows: true, do: (*Visit).measures},
		{pattern: "GET " + workMeasuresAt, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).workMeasures},
		{pattern: "GET " + workMeasuresAt + ".csv", access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).measuresFile},
		{pattern: "POST " + workMeasuresAt, access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).countMeasures},
	}
}

// gauge is a measure as a page shows it.
type gauge struct {
	measure.Definition
	Rows []gaugeRow
}

// gaugeRow is one of its figures with those before it, the oldest first.
type gaugeRow struct {
	measure.Part
	Called      string // what it is of, "" for what the measure's own words call it
	Now, Before measure.Figure
	Trend       []measure.Figure // of each period, without a state where nothing was counted
}

// apart are the rows that tell a measure apart in one way ("" for its figures), that
// have been counted at all.
func (g gauge) apart(by string) (all []gaugeRow) {
	for _, r := range g.Rows {
		if r.By == by && (by == "" || r.Now.State != "") {
			all = append(all, r)
		}
	}
	return all
}

// ways are the ways in which a measure is told apart.
func (g gauge) ways() (all []string) {
	for _, by := range []string{measure.ByRole, measure.ByNetwork} {
		if len(g.apart(by)) > 0 {
			all = append(all, by)
		}
	}
	return all
}

// measuresView is the page of measures.
type measuresView struct {
	Period  measure.Period
	Today   measure.Period // the one under way
	Gauges  []gauge
	Counted time.Time // zero when nothing has been
}

// trendOf is how many periods are shown beside one another.
func trendOf(g measure.Grain) int { return min(8, measure.Back(g)) }

func (v *Visit) measuresOf(p measure.Period, inOffice bool) (m measuresView, err error) {
	m = measuresView{Period: p, Today: measure.PeriodOf(p.Grain, v.today())}
	first := p.After(1 - trendOf(p.Grain))
	all, err := measure.Figures(v.R.Context(), v.DB, v.Region.ID, first, p)
	if err != nil {
		return m, err
	}
	for _, d := range measure.Definitions() {
		if !d.Public && !inOffice {
			continue
		}
		g := gauge{Definition: d}
		parts, called, err := v.measureParts(d, all)
		if err != nil {
			return m, err
		}
		for _, part := range parts {
			row := gaugeRow{Part: part, Called: called[part.Name]}
			for n := range trendOf(p.Grain) {
				at := first.After(n)
				f := measure.Figure{Measure: d.Name, Part: part.Name, Period: at}
				if i := slices.IndexFunc(all, func(f measure.Figure) bool { return f.Period == at && f.Measure == d.Name && f.Part == part.Name }); i >= 0 {
					if f = all[i]; !inOffice {
						f = f.ForAll()
					}
				}
				row.Trend = append(row.Trend, f)
				if at == p {
					row.Now, m.Counted = f, later(m.Counted, f.Counted)
				} else if at == p.After(-1) {
					row.Before = f
				}
			}
			g.Rows = append(g.Rows, row)
		}
		m.Gauges = append(m.Gauges, g)
	}
	return m, nil
}

// measureParts are the parts of a measure, with those of everything there is of a kind that
// figures were counted of, and what each of these is called.
func (v *Visit) measureParts(d measure.Definition, figures []measure.Figure) (all []measure.Part, called map[string]string, err error) {
	all = d.Parts
	if d.Each.By != measure.ByNetwork || !slices.ContainsFunc(figures, func(f measure.Figure) bool { return f.Measure == d.Name && strings.Contains(f.Part, "/") }) {
		return all, nil, nil
	}
	networks, err := network.National(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		return nil, nil, err
	}
	called = map[string]string{}
	for _, n := range networks {
		if p, ok := d.Part(d.Each.Name + "/" + n.ID.String()); ok {
			text, _ := n.In(string(v.Lang.Written()))
			all, called[p.Name] = append(slices.Clip(all), p), text.Name
		}
	}
	some := all[len(d.Parts):]
	slices.SortStableFunc(some, func(a, b measure.Part) int { return v.Say.Compare(called[a.Name], called[b.Name]) })
	return all, called, nil
}

// measuresPeriod is the period that is asked for, of those that are counted.
func (v *Visit) measuresPeriod(asked string, otherwise measure.Period) (measure.Period, error) {
	if asked == "" {
		return otherwise, nil
	}
	p, ok := measure.ParsePeriod(asked)
	now := measure.PeriodOf(p.Grain, v.today())
	if !ok || p.From > now.From || p.From < now.After(1-measure.Back(p.Grain)).From {
		return p, fault.New(fault.NotFound, "measure.period.none")
	}
	return p, nil
}

// measures is for everybody, by quarters alone: of three months and their quarter a small
// number could be told from the others.
func (v *Visit) measures() error {
	p, err := v.measuresPeriod(v.Query("jakso"), measure.PeriodOf(measure.Quarter, v.today()))
	if err == nil && p.Grain != measure.Quarter {
		err = fault.New(fault.NotFound, "measure.period.none")
	}
	if err != nil {
		return err
	}
	m, err := v.measuresOf(p, false)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, measuresPage(v, m))
}

func (v *Visit) workMeasures() error {
	p, err := v.measuresPeriod(v.Query("jakso"), measure.PeriodOf(measure.Month, v.today()))
	if err != nil {
		return err
	}
	m, err := v.measuresOf(p, true)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, workMeasuresPage(v, m))
}

// countMeasures has the periods under way counted anew.
func (v *Visit) countMeasures() error {
	if err := v.Measures.Ask(v.R.Context(), v.Region.ID); err != nil {
		return err
	}
	v.Tell(v.T("measure.asked"))
	return v.Go(workMeasuresAt)
}

// periodWord is a period as it is said.
func (v *Visit) periodWord(p measure.Period) string {
	day := p.From.Start(i18n.Helsinki())
	year := strconv.Itoa(day.Year())
	switch p.Grain {
	case measure.Month:
		return v.Say.Month(day.Month()) + " " + year
	case measure.Quarter:
		return v.T("measure.quarter", "n", (int(day.Month())+2)/3, "year", year)
	}
	return year
}

// figureWord is a value of a form as it is said.
func (v *Visit) figureWord(form measure.Form, value float64) string {
	switch form {
	case measure.Share:
		return v.Say.Decimal(100*value, 0) + "\u00a0%"
	case measure.Days:
		return v.N("measure.days", int(math.Round(value)))
	}
	return v.Say.Decimal(value, 2)
}

// valueWord is a figure in one line, or why there is none.
func (v *Visit) valueWord(r measure.Part, f measure.Figure) string {
	switch {
	case f.State == "":
		return v.T("measure.state.none")
	case f.Hidden():
		return v.T("measure.hidden", "k", measure.Few)
	case f.State != measure.Known:
		return v.T("measure.state."+string(f.State), "k", measure.Few)
	}
	return v.figureWord(r.Form, f.Value)
}

// countWord is how many of how many, "" where that says nothing.
func (v *Visit) countWord(r measure.Part, f measure.Figure) string {
	switch {
	case !f.Told() || f.Den == 0:
		return ""
	case r.Counted:
		return v.T("measure.of", "num", v.Say.Number(int64(f.Num)), "den", v.Say.Number(int64(f.Den)))
	}
	return v.T("measure.from", "den", v.Say.Number(int64(f.Den)))
}

// rangeWord is between what a figure lies.
func (v *Visit) rangeWord(r measure.Part, f measure.Figure) string {
	switch {
	case !f.Told() || !f.Ranged:
		return ""
	case f.High < 0:
		return v.T("measure.least", "low", v.figureWord(r.Form, f.Low))
	case r.Form == measure.Share:
		return v.T("measure.between", "low", v.Say.Decimal(100*f.Low, 0), "high", v.figureWord(r.Form, f.High))
	case r.Form == measure.Number:
		return v.T("measure.between", "low", v.figureWord(r.Form, f.Low), "high", v.figureWord(r.Form, f.High))
	}
	return v.T("measure.between", "low", v.Say.Decimal(f.Low, 0), "high", v.figureWord(r.Form, f.High))
}

// chanceWord says what chance alone would give, and the E–I index.
func (v *Visit) chanceWord(f measure.Figure) string {
	ratio, ok := f.Ratio()
	if !f.Told() || !ok {
		return ""
	}
	return v.T("measure.chance", "expected", v.figureWord(measure.Share, f.Expected), "ratio", v.Say.Decimal(ratio, 2), "ei", v.Say.Decimal(measure.EI(f.Value), 2), "chance", v.Say.Decimal(measure.EI(f.Expected), 2))
}

// beforeWord compares a figure with the period before.
func (v *Visit) beforeWord(r gaugeRow) string {
	if !r.Now.Told() || !r.Before.Told() {
		return ""
	}
	key := "measure.before"
	switch {
	case !r.Now.Ranged || !r.Before.Ranged:
	case r.Now.Differs(r.Before):
		key = "measure.before.differs"
	default:
		key = "measure.before.chance"
	}
	return v.T(key, "value", v.figureWord(r.Form, r.Before.Value))
}

// rowTitle is what a figure of a measure is called.
func (v *Visit) rowTitle(g gauge, r gaugeRow) string {
	if r.Name == "" {
		return v.T("measure." + string(g.Name) + ".title")
	}
	if r.Called != "" {
		return r.Called
	}
	return v.T("measure." + string(g.Name) + "." + r.Name)
}

// rowTitleAlone is what a figure is called where its measure does not stand beside it.
func (v *Visit) rowTitleAlone(g gauge, r gaugeRow) string {
	if r.By == "" {
		return v.rowTitle(g, r)
	}
	return v.T("measure."+string(g.Name)+"."+r.By) + ": " + v.rowTitle(g, r)
}

// trendPoint is a figure in the picture of a trend.
type trendPoint struct {
	X, Y float64
	Line string // to the one before, "" when that is not told
}

// trendPoints are the figures that are told, from left to right: shares on a scale of
// their own whole, others up to the largest.
func trendPoints(r gaugeRow) (all []trendPoint) {
	top := 1.0
	if r.Form != measure.Share {
		for _, f := range r.Trend {
			if f.Told() {
				top = max(top, f.Value)
			}
		}
	}
	const width, height, edge = 160.0, 44.0, 5.0
	step := (width - 2*edge) / float64(max(1, len(r.Trend)-1))
	last := -1
	for i, f := range r.Trend {
		if !f.Told() {
			continue
		}
		at := trendPoint{X: edge + step*float64(i), Y: height - edge - (height-2*edge)*min(1, f.Value/top)}
		if last == i-1 && i > 0 {
			before := all[len(all)-1]
			at.Line = "M" + short(before.X) + " " + short(before.Y) + "L" + short(at.X) + " " + short(at.Y)
		}
		all, last = append(all, at), i
	}
	return all
}

// trendWords tells a trend as it is drawn.
func (v *Visit) trendWords(r gaugeRow) string {
	var parts []string
	for _, f := range r.Trend {
		if f.Told() {
			parts = append(parts, v.periodWord(f.Period)+": "+v.figureWord(r.Form, f.Value))
		}
	}
	return strings.Join(parts, "; ")
}

// measuresFile is every figure of the office's, with what each means.
func (v *Visit) measuresFile() error {
	type line struct {
		gauge
		gaugeRow
		f measure.Figure
	}
	exact := func(told bool, f float64) table.Cell {
		if !told {
			return table.Cell{}
		}
		return table.Text(strconv.FormatFloat(f, 'f', 4, 64))
	}
	count := func(told bool, n int) table.Cell {
		if !told {
			return table.Cell{}
		}
		return table.Number(n)
	}
	columns := []column[line]{
		{"measure", table.Words, 8, func(l line) table.Cell {
			return table.Text(strings.ToUpper(string(l.gauge.Name)))
		}},
		{"measure_name", table.Words, 40, func(l line) table.Cell { return table.Text(v.rowTitleAlone(l.gauge, l.gaugeRow)) }},
		{"period", table.Words, 10, func(l line) table.Cell { return table.Text(l.f.Period.String()) }},
		{"measure_state", table.Words, 20, func(l line) table.Cell {
			if l.f.Told() {
				return table.Text(v.T("measure.state.known"))
			}
			return table.Text(v.valueWord(l.Part, l.f))
		}},
		{"value", table.Words, 10, func(l line) table.Cell { return exact(l.f.Told(), l.f.Value) }},
		{"num", table.Count, 8, func(l line) table.Cell { return count(l.f.Told() && l.Counted, l.f.Num) }},
		{"den", table.Count, 8, func(l line) table.Cell { return count(l.f.Told(), l.f.Den) }},
		{"low", table.Words, 10, func(l line) table.Cell { return exact(l.f.Told() && l.f.Ranged, l.f.Low) }},
		{"high", table.Words, 10, func(l line) table.Cell { return exact(l.f.Told() && l.f.Ranged && l.f.High >= 0, l.f.High) }},
		{"expected", table.Words, 10, func(l line) table.Cell { return exact(l.f.Told() && l.f.Chanced, l.f.Expected) }},
		{"definition", table.Words, 80, func(l line) table.Cell {
			return table.Text(v.T("measure."+string(l.gauge.Name)+".what") + " " + v.T("measure."+string(l.gauge.Name)+".how"))
		}},
	}
	t := listFile{title: v.T("measure.title"), columns: columnsOf(v, columns)}
	t.rows = func(_ context.Context, row func(...table.Cell) error) error {
		cells := make([]table.Cell, 0, len(columns))
		for _, grain := range measure.Grains() {
			now := measure.PeriodOf(grain, v.today())
			for back := measure.Back(grain) - 1; back >= 0; back-- {
				m, err := v.measuresOf(now.After(-back), true)
				if err != nil {
					return err
				}
				for _, g := range m.Gauges {
					for _, r := range g.Rows {
						if r.Now.State == "" {
							continue
						}
						if err := row(cellsOf(columns, line{g, r, r.Now}, cells)...); err != nil {
							return err
						}
					}
				}
			}
		}
		return nil
	}
	how := table.CSV{Semicolon: v.Query("erotin") == "puolipiste", Bare: v.Query("bom") == "ei"}
	return v.download("text/csv; charset=utf-8", "mittarit-"+v.Region.ID+"-"+v.today().String()+".csv", func(w io.Writer) error {
		out, err := table.NewCSV(w, t.columns, how)
		return v.rowsOf(t, out, err)
	})
}
