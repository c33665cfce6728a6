package spark

import (
	"context"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
	"kokko/region/office"
)

// Demo is the source of an invented spark of a demonstration. Nobody is written to
// about one, and all of them go together.
const Demo Source = "demo"

// Scene is one invented spark with what has happened to it. Its bringer is invented
// too, and cannot be reached.
type Scene struct {
	Draft
	At       time.Time
	Answered time.Duration // after At; 0 for not yet
	Answer   string
	Talked   time.Duration // after At; 0 for not
	Talk     string
	Measure  string // what was agreed then, "" for nothing
	Doer     string
	Joined   bool // somebody else has taken it up
	Closed   time.Duration
	Close    Close
}

const (
	countOthers = `SELECT COUNT(*) FROM sparks WHERE region_id = $1 AND source <> 'demo'`
	countDemo   = `SELECT COUNT(*) FROM sparks WHERE region_id = $1 AND source = 'demo'`
	selectDemo  = `SELECT spark_id FROM sparks WHERE region_id = $1 AND source = 'demo' AND spark_id > $2 ORDER BY spark_id LIMIT $3`

	clearMeasures    = `DELETE FROM measures WHERE region_id = $1 AND spark_id {in $2}`
	clearReports     = `DELETE FROM reports WHERE region_id = $1 AND spark_id {in $2}`
	clearFiles       = `DELETE FROM attachments WHERE region_id = $1 AND spark_id {in $2}`
	clearOrigins     = `DELETE FROM spark_origins WHERE region_id = $1 AND spark_id {in $2}`
	clearLinks       = `DELETE FROM bringer_links WHERE region_id = $1 AND spark_id {in $2}`
	clearMergings    = `DELETE FROM mergings WHERE region_id = $1 AND (spark_id {in $2} OR into_id {in $2})`
	clearChanges     = `DELETE FROM act_changes WHERE region_id = $1 AND spark_id {in $2}`
	clearClusters    = `DELETE FROM clusters WHERE region_id = $1 AND spark_id {in $2}`
	clearCommitments = `DELETE FROM commitments WHERE region_id = $1 AND spark_id {in $2}`
	clearOpenings    = `DELETE FROM ring_openings WHERE region_id = $1 AND spark_id {in $2}`
	clearChoices     = `DELETE FROM ring_choices WHERE region_id = $1 AND spark_id {in $2}`
	clearYeses       = `DELETE FROM ring_yeses WHERE region_id = $1 AND spark_id {in $2}`
	clearMoves       = `DELETE FROM ring_moves WHERE region_id = $1 AND (spark_id {in $2} OR to_id {in $2})`
	clearRing        = `DELETE FROM ring_people WHERE region_id = $1 AND spark_id {in $2}`
	clearForecasts   = `DELETE FROM forecasts WHERE region_id = $1 AND spark_id {in $2}`
	clearReach       = `DELETE FROM forecast_reach WHERE region_id = $1 AND spark_id {in $2}`
	clearReachSaid   = `DELETE FROM forecast_reach_said WHERE region_id = $1 AND spark_id {in $2}`
	clearEnds        = `DELETE FROM forecast_ends WHERE region_id = $1 AND spark_id {in $2}`
	clearShown       = `DELETE FROM forecast_choices WHERE region_id = $1 AND spark_id {in $2}`
	clearTold        = `DELETE FROM comment_reports WHERE region_id = $1 AND spark_id {in $2}`
	clearSaid        = `DELETE FROM comments WHERE region_id = $1 AND spark_id {in $2}`
	clearWarmths     = `DELETE FROM warmths WHERE region_id = $1 AND spark_id {in $2}`
	clearTalks       = `DELETE FROM talks WHERE region_id = $1 AND spark_id {in $2}`
	clearSides       = `DELETE FROM introduction_sides WHERE region_id = $1 AND introduction_id IN (SELECT introduction_id FROM introductions WHERE region_id = $1 AND spark_id {in $2})`
	clearMeetings    = `DELETE FROM introductions WHERE region_id = $1 AND spark_id {in $2}`
	clearWithdrawals = `UPDATE sparks SET merged_into = 0 WHERE region_id = $1 AND merged_into {in $2}`
)

// Past has what is done through the service be the invented past of a demonstration:
// nobody is written to about it.
func (s *Service) Past() *Service {
	s.past = true
	return s
}

// CountReal counts the sparks of a region that are not invented; CountDemo those
// that are.
func CountReal(ctx context.Context, from store.Source, region string) (n int, err error) {
	err = from.QueryRow(ctx, countOthers, region).Scan(&n)
	return n, err
}

// CountDemo counts the invented sparks of a region.
func CountDemo(ctx context.Context, from store.Source, region string) (n int, err error) {
	err = from.QueryRow(ctx, countDemo, region).Scan(&n)
	return n, err
}

// Demonstrate stores invented sparks with their stories inside the caller's
// transaction; first is its first part. Conflict "demo.real" when the region has
// sparks of its own then.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region string, p Programme, first bool, scenes []Scene) error {
	if first { // a look at every spark: not for each part
		if n, err := CountReal(ctx, tx, region); err != nil || n > 0 {
			if err == nil {
				err = fault.New(fault.Conflict, "demo.real").With("n", n)
			}
			return err
		}
	}
	now := s.clock.Now()
	owner, ok, err := office.Duty(ctx, tx, region, workday.DayOf(now, i18n.Helsinki()))
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Busy, "office.nobody")
	}
	cal, err := office.Workdays(ctx, tx, region)
	if err != nil {
		return err
	}
	for _, sc := range scenes {
		if err := sc.Check(p); err != nil {
			return err
		}
		if err := s.stage(ctx, tx, region, p, sc, owner, cal); err != nil {
			return err
		}
	}
	return nil
}

// stage stores one scene.
func (s *Service) stage(ctx context.Context, tx *store.Tx, region string, p Programme, sc Scene, owner office.Officer, cal workday.Calendar) error {
	day := workday.DayOf(sc.At, i18n.Helsinki())
	sp := Spark{Region: region, Kind: sc.Kind, Title: sc.Title, Text: sc.Text, Language: sc.Language, PlaceName: sc.Place, State: Sparking, Visibility: sc.Visibility, Source: Demo, Programme: p.Version,
		Owner: owner.ID, Due: cal.AddWorkdays(day, p.ReplyWorkdays()), Dropped: sc.At, Latest: sc.At, People: 1, Waiting: true, WaitingFrom: sc.At, Version: 1}
	sp.Place, _ = p.PlaceNamed(sc.Place)
	for _, t := range sc.Themes {
		sp.Tags = append(sp.Tags, Tag{"theme", t})
	}
	sp.Tags = sorted(sp.Tags)
	for range 64 {
		sp.ID = ident.Past(sc.At)
		sp.Code = ident.Code(region, sp.ID)
		var n int
		if err := tx.QueryRow(ctx, countTwins, region, sp.Code, int64(sp.ID)).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	beats := []story.Beat{{Type: story.Dropped, Actor: story.Bringer, At: sc.At, Facts: story.Facts{Kind: string(sc.Kind), Source: string(Demo), Day: sp.Due}}}
	said := func(after time.Duration, b story.Beat) ident.ID {
		b.Actor, b.Officer, b.Author, b.At = story.Office, owner.ID, owner.Name, sc.At.Add(after)
		b.ID = ident.Past(b.At)
		beats = append(beats, b)
		sp.Latest, sp.Waiting, sp.WaitingFrom = b.At, false, time.Time{}
		if sp.Answered.IsZero() {
			sp.Answered = b.At
		}
		return b.ID
	}
	var measure func() error
	if sc.Answered > 0 {
		said(sc.Answered, story.Beat{Type: story.Answered, Words: sc.Answer})
	}
	if sc.Joined {
		sp.People = 2
	}
	if sc.Talked > 0 {
		b := story.Beat{Type: story.Talked, Words: sc.Talk, Facts: story.Facts{Way: "meet"}}
		if sc.Measure != "" {
			b.Facts.Measures, sp.Doers = 1, 1
		}
		beat := said(sc.Talked, b)
		if sc.Measure != "" {
			measure = func() error {
				_, err := tx.Exec(ctx, insertMeasure, region, int64(sp.ID), int64(s.ids.New()), int64(beat), sc.Measure, sc.Doer, int64(workday.DayOf(sc.At.Add(sc.Talked), i18n.Helsinki())+30))
				return err
			}
		}
	}
	if sc.Closed > 0 {
		sp.derive()
		said(sc.Closed, story.Beat{Type: story.Closed, Words: sc.Close.Reason, Would: sc.Close.Would, Facts: story.Facts{From: string(sp.State), To: string(sc.Close.State)}})
		sp.State, sp.Closed = sc.Close.State, sc.At.Add(sc.Closed)
	}
	sp.derive()
	sp.Beats = len(beats)
	if err := insert(ctx, tx, &sp); err != nil {
		return err
	}
	for _, t := range sp.Tags {
		if _, err := tx.Exec(ctx, insertTag, region, int64(sp.ID), t.Kind, t.ID, sp.Listed); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, insertBringer, region, int64(sp.ID), int64(s.ids.New()), sc.Name, sc.Email, "", string(NotMe), sc.Language, clock.Micros(sc.At)); err != nil {
		return err
	}
	for i := range beats {
		b := &beats[i]
		if b.ID == 0 {
			b.ID = sp.ID
		}
		b.Region, b.Spark, b.Visibility = region, sp.ID, story.Public
		if err := story.Append(ctx, tx, *b); err != nil {
			return err
		}
	}
	if err := s.find(ctx, tx, &sp, beats...); err != nil {
		return err
	}
	if measure != nil {
		return measure()
	}
	return nil
}

// ClearDemo removes invented sparks with everything that was done to them, some at
// a time; left tells that there may be more.
func (s *Service) ClearDemo(ctx context.Context, region string, most int) (removed int, left bool, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		removed = 0
		found, err := store.Values[ident.ID](tx.Query(ctx, selectDemo, region, int64(0), most))
		if err != nil || len(found) == 0 {
			return err
		}
		ids := store.IDs(found)
		for _, statement := range []string{clearMeasures, clearReports, clearFiles, clearOrigins, clearLinks, clearMergings, clearClusters, clearChanges, clearCommitments, clearOpenings, clearChoices, clearYeses, clearMoves, clearRing, clearForecasts, clearReach, clearReachSaid, clearEnds, clearShown,
			clearTold, clearSaid, clearWarmths, clearTalks, clearSides, clearMeetings, clearWithdrawals} {
			if _, err := tx.Exec(ctx, statement, region, ids); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if err := s.remove(ctx, tx, region, ident.ID(id)); err != nil {
				return err
			}
		}
		removed = len(ids)
		return nil
	})
	return removed, removed == most, err
}
