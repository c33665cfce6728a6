package web_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kokko/edge/mailin"
	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/office"
)

// fate is what becomes of a column that holds something of a bringer: it is in the
// file of their own data at a path, where # is the row's place in the list, or
// there is a reason why not.
type fate struct {
	at      string
	as      func(s *site, kept any) any // from the store's form to the file's; nil for the same
	because string
}

func asMoment(_ *site, kept any) any {
	if kept.(int64) == 0 {
		return nil
	}
	return clock.FromMicros(kept.(int64)).UTC().Format(time.RFC3339Nano)
}

func asDay(_ *site, kept any) any {
	if kept.(int64) == 0 {
		return nil
	}
	return workday.Day(kept.(int64)).String()
}

func asID(_ *site, kept any) any { return strconv.FormatInt(kept.(int64), 10) }

func asSomeID(s *site, kept any) any {
	if kept.(int64) == 0 {
		return ""
	}
	return asID(s, kept)
}

func asOfficer(s *site, kept any) any {
	for _, o := range s.officers {
		if int64(o.ID) == kept.(int64) {
			return o.Name
		}
	}
	return ""
}

func asNumber(_ *site, kept any) any { return float64(kept.(int64)) }

func asBytes(_ *site, kept any) any { return base64.StdEncoding.EncodeToString(kept.([]byte)) }

func asFacts(s *site, kept any) any {
	var x any
	if err := json.Unmarshal([]byte(kept.(string)), &x); err != nil {
		s.t.Fatal(err)
	}
	return x
}

func asShown(_ *site, kept any) any {
	return mail.Posted{Letter: mail.Letter{Text: kept.(string)}}.Shown()
}

// ofRegion, aKey and ofJobs are reasons that many columns share.
const (
	ofRegion    = "which region: said once, as region.id"
	aKey        = "only ties the row to the spark and the bringer, whose ids are in the file"
	aHash       = "a digest that nothing can be read from, and the file says so"
	ofOffice    = "who in the office decided it and of which spark: the story of that spark tells it to the office"
	wasImported = "of a spark that came in by a file: its source and what became of it there are in the story, which is in the file; there is no bringer that could be reached"
	ofSearch    = "made of the spark and its story, which are in the file, and made anew of them at any time"
	ofJobs      = "work under way names the spark and the letter and nothing else; it is gone in seconds, and the file says so"
)

// fates is every column of what the privacy page tells a bringer is theirs.
var fates = map[string]fate{
	"sparks.region_id": {at: "region.id"}, "sparks.spark_id": {at: "spark.id", as: asID}, "sparks.code": {at: "spark.code"}, "sparks.kind": {at: "spark.kind"},
	"sparks.title": {at: "spark.title"}, "sparks.text": {at: "spark.text"}, "sparks.language": {at: "spark.language"}, "sparks.place": {at: "spark.place"},
	"sparks.place_name": {at: "spark.place_name"}, "sparks.state": {at: "spark.state"}, "sparks.visibility": {at: "spark.visibility"}, "sparks.secret": {at: "spark.secret"},
	"sparks.outside": {at: "spark.outside"}, "sparks.listed": {at: "spark.listed"}, "sparks.open": {at: "spark.open"}, "sparks.needs_hand": {at: "spark.needs_hand"},
	"sparks.source": {at: "spark.source"}, "sparks.entered_by": {at: "spark.entered_by", as: asOfficer}, "sparks.programme_id": {at: "spark.programme_id", as: asID},
	"sparks.owner_id": {at: "spark.owner", as: asOfficer}, "sparks.due_day": {at: "spark.due_day", as: asDay}, "sparks.next_contact_day": {at: "spark.next_contact_day", as: asDay},
	"sparks.dropped_at": {at: "spark.dropped_at", as: asMoment}, "sparks.answered_at": {at: "spark.answered_at", as: asMoment}, "sparks.asked_at": {at: "spark.asked_at", as: asMoment},
	"sparks.closed_at": {at: "spark.closed_at", as: asMoment}, "sparks.latest_at": {at: "spark.latest_at", as: asMoment}, "sparks.people": {at: "spark.people", as: asNumber},
	"sparks.doers": {at: "spark.doers", as: asNumber}, "sparks.waiting": {at: "spark.waiting"}, "sparks.waiting_since_at": {at: "spark.waiting_since_at", as: asMoment},
	"sparks.held": {at: "spark.held"}, "sparks.challenge_id": {at: "spark.challenge_id", as: asSomeID}, "sparks.merged_into": {at: "spark.merged_into", as: asSomeID}, "sparks.split_from": {at: "spark.split_from", as: asSomeID},
	"sparks.beats":   {because: "a count of the story's lines; the story is in the file, the office's own lines are counted too"},
	"sparks.version": {because: "how many times the row was saved: tells nothing of a person"},

	"bringers.region_id": {because: ofRegion}, "bringers.spark_id": {because: aKey}, "bringers.bringer_id": {at: "bringer.id", as: asID}, "bringers.name": {at: "bringer.name"},
	"bringers.email": {at: "bringer.email"}, "bringers.phone": {at: "bringer.phone"}, "bringers.contact": {at: "bringer.contact"}, "bringers.language": {at: "bringer.language"},
	"bringers.owns_at": {at: "bringer.owns_at", as: asMoment},

	"spark_imports.region_id": {because: ofRegion}, "spark_imports.source": {because: wasImported}, "spark_imports.source_key": {because: wasImported}, "spark_imports.spark_id": {because: aKey},
	"spark_imports.import_id": {because: wasImported}, "spark_imports.seen_in": {because: wasImported}, "spark_imports.digest": {because: aHash}, "spark_imports.fate": {because: wasImported}, "spark_imports.comments": {because: wasImported},

	"bringer_links.region_id": {because: ofRegion}, "bringer_links.spark_id": {because: aKey}, "bringer_links.bringer_id": {because: aKey},
	"bringer_links.link_hash":  {because: "a digest that the link cannot be worked out from; a file may be shared, the key to one's page should not"},
	"bringer_links.drop_hash":  {because: "a digest of the form, which is in the file as it stands now"},
	"bringer_links.created_at": {at: "links.#.created_at", as: asMoment}, "bringer_links.ended_at": {at: "links.#.ended_at", as: asMoment},

	"beats.region_id": {because: ofRegion}, "beats.spark_id": {at: "story.#.spark_id", as: asID}, "beats.beat_id": {at: "story.#.id", as: asID}, "beats.type": {at: "story.#.type"},
	"beats.actor": {at: "story.#.actor"}, "beats.officer_id": {at: "story.#.officer", as: asOfficer}, "beats.at": {at: "story.#.at", as: asMoment},
	"beats.visibility": {at: "story.#.visibility"}, "beats.corrects": {at: "story.#.corrects", as: asSomeID}, "beats.data": {at: "story.#.facts", as: asFacts},

	"beat_words.region_id": {because: ofRegion}, "beat_words.spark_id": {because: aKey}, "beat_words.beat_id": {at: "story.#.id", as: asID},
	"beat_words.author": {at: "story.#.author"}, "beat_words.words": {at: "story.#.said"}, // words and would, put together by the test

	"measures.region_id": {because: ofRegion}, "measures.spark_id": {because: aKey}, "measures.measure_id": {at: "measures.#.id", as: asID}, "measures.beat_id": {at: "measures.#.beat_id", as: asID},
	"measures.what": {at: "measures.#.what"}, "measures.who": {at: "measures.#.who"}, "measures.by_day": {at: "measures.#.by_day", as: asDay},
	"measures.done_at": {at: "measures.#.done", as: func(_ *site, kept any) any { return kept.(int64) != 0 }},

	"attachments.region_id": {because: ofRegion}, "attachments.spark_id": {because: aKey}, "attachments.attachment_id": {at: "attachments.#.id", as: asID}, "attachments.kind": {at: "attachments.#.kind"},
	"attachments.name": {at: "attachments.#.name"}, "attachments.alt": {at: "attachments.#.alt"}, "attachments.bytes": {at: "attachments.#.bytes", as: asNumber}, "attachments.width": {at: "attachments.#.width", as: asNumber},
	"attachments.height": {at: "attachments.#.height", as: asNumber}, "attachments.sha256": {at: "attachments.#.sha256"}, "attachments.officer_id": {at: "attachments.#.officer", as: asOfficer},
	"attachments.added_at": {at: "attachments.#.added_at", as: asMoment}, "attachments.content": {at: "attachments.#.content", as: asBytes},
	"attachments.small": {because: "a smaller copy of the picture, made of what is in the file"},

	"commitments.region_id": {because: ofRegion}, "commitments.spark_id": {because: aKey}, "commitments.member_id": {because: "whose step it is: of those in the file always the bringer's"},
	"commitments.commitment_id": {at: "commitments.#.id", as: asID}, "commitments.what": {at: "commitments.#.what"}, "commitments.by_day": {at: "commitments.#.by_day", as: asDay}, "commitments.state": {at: "commitments.#.state"},
	"commitments.moves": {at: "commitments.#.moves", as: asNumber}, "commitments.made_at": {at: "commitments.#.made_at", as: asMoment}, "commitments.ended_at": {at: "commitments.#.ended_at", as: asMoment},
	"commitments.reminded_day": {because: "for which day a reminder has gone out; the letter itself is in the file"}, "commitments.asked_day": {because: "for which day a reminder has gone out; the letter itself is in the file"},

	"forecast_choices.region_id": {because: ofRegion}, "forecast_choices.spark_id": {because: aKey}, "forecast_choices.bringer_id": {because: aKey},
	"forecast_choices.chosen_at": {at: "forecast_choices.#.chosen_at", as: asMoment}, "forecast_choices.shown": {at: "forecast_choices.#.shown"},

	"mails.region_id": {because: ofRegion}, "mails.mail_id": {at: "letters.#.id", as: asID}, "mails.state": {at: "letters.#.state"}, "mails.purpose": {at: "letters.#.purpose"}, "mails.spark_id": {because: aKey},
	"mails.message_id": {at: "letters.#.message_id"}, "mails.recipient": {at: "letters.#.recipient"}, "mails.subject": {at: "letters.#.subject"}, "mails.body": {at: "letters.#.body", as: asShown},
	"mails.language": {at: "letters.#.language"}, "mails.automatic": {at: "letters.#.automatic"}, "mails.created_at": {at: "letters.#.created_at", as: asMoment}, "mails.sent_at": {at: "letters.#.sent_at", as: asMoment},
	"mails.tries": {at: "letters.#.tries", as: asNumber}, "mails.reply": {at: "letters.#.reply"},

	"spark_origins.region_id": {because: ofRegion}, "spark_origins.spark_id": {because: aKey}, "spark_origins.event": {at: "spark.event"},

	"mail_arrivals.region_id": {because: ofRegion}, "mail_arrivals.spark_id": {because: aKey}, "mail_arrivals.arrived_at": {at: "arrivals.#.arrived_at", as: asMoment},
	"mail_arrivals.letter_hash": {because: "a digest of the letter's number and sender that neither can be worked out from"},
	"mail_arrivals.sender_hash": {because: "a digest of the address, which is in the file as bringer.email"},
	"standings.region_id":       {because: ofRegion}, "standings.standing_id": {because: ofOffice}, "standings.kind": {because: "of a bringer always their address"},
	"standings.hash": {because: aHash}, "standings.standing": {at: "standing.standing"}, "standings.since_at": {at: "standing.since_at", as: asMoment}, "standings.until_at": {at: "standing.until_at", as: asMoment},
	"standings.officer_id": {because: ofOffice}, "standings.spark_id": {because: ofOffice},

	"arrivals.region_id": {because: ofRegion}, "arrivals.kind": {because: aKey}, "arrivals.item_id": {because: aKey}, "arrivals.author_hash": {because: aHash}, "arrivals.network_hash": {because: aHash},
	"arrivals.text_hash": {because: aHash}, "arrivals.arrived_at": {because: "when the spark was dropped, which is in the file"}, "arrivals.waits": {because: "whether the spark is held, which is in the file"},

	"mergings.region_id": {because: ofRegion}, "mergings.spark_id": {because: aKey}, "mergings.since_beat": {at: "mergings.#.since_beat", as: asID}, "mergings.until_beat": {at: "mergings.#.until_beat", as: asSomeID},
	"mergings.into_id": {at: "mergings.#.into_id", as: asID}, "mergings.joined_to": {at: "mergings.#.joined_to", as: asSomeID},

	"clusters.region_id": {because: ofRegion}, "clusters.spark_id": {because: aKey}, "clusters.due_day": {at: "by_itself.due_day", as: asDay}, "clusters.waiting_since_at": {at: "by_itself.waiting_since_at", as: asMoment},
	"clusters.joined": {at: "by_itself.joined", as: asNumber}, "clusters.title": {at: "by_itself.title"}, "clusters.title_of": {at: "by_itself.title_of", as: asSomeID},

	"act_changes.region_id": {because: ofRegion}, "act_changes.spark_id": {because: aKey}, "act_changes.act_id": {at: "acts.#.id", as: asID}, "act_changes.beat_id": {at: "acts.#.beat_id", as: asSomeID},
	"act_changes.before": {at: "acts.#.before", as: asFacts}, "act_changes.after": {at: "acts.#.after", as: asFacts}, "act_changes.undone_at": {at: "acts.#.undone_at", as: asMoment},

	"search_things.region_id": {because: ofSearch}, "search_things.row_id": {because: ofSearch}, "search_things.kind": {because: ofSearch}, "search_things.thing_id": {because: ofSearch}, "search_things.about_id": {because: ofSearch}, "search_things.listed": {because: ofSearch}, "search_things.place": {because: ofSearch},
	"search_things.state": {because: ofSearch}, "search_things.themes": {because: ofSearch}, "search_things.at": {because: ofSearch}, "search_things.digest": {because: ofSearch}, "search_things.halves": {because: ofSearch}, "search_things.counted": {because: ofSearch}, "search_things.outline": {because: ofSearch},
	"search_texts.region_id": {because: ofSearch}, "search_texts.row_id": {because: ofSearch}, "search_texts.lemmas": {because: ofSearch}, "search_texts.parts": {because: ofSearch}, "search_texts.roots": {because: ofSearch},

	"jobs.job_id": {because: ofJobs}, "jobs.kind": {because: ofJobs}, "jobs.args": {because: ofJobs}, "jobs.state": {because: ofJobs}, "jobs.lane": {because: ofJobs}, "jobs.run_at": {because: ofJobs},
	"jobs.unique_key": {because: ofJobs}, "jobs.tries": {because: ofJobs}, "jobs.max_tries": {because: ofJobs}, "jobs.lease": {because: ofJobs}, "jobs.lease_until": {because: ofJobs},
	"jobs.created_at": {because: ofJobs}, "jobs.error": {because: ofJobs + "; a letter's failure is told without anybody's address"},
}

// theirs is which rows of a table are a bringer's, in the order of the file.
var theirs = map[string]string{
	"sparks": `spark_id = $1`, "bringers": `spark_id = $1`, "bringer_links": `spark_id = $1 ORDER BY created_at, link_hash`,
	"beats":            `spark_id = $1 AND visibility IN ('public', 'parties') ORDER BY beat_id`,
	"beat_words":       `spark_id = $1 AND beat_id IN (SELECT beat_id FROM beats WHERE spark_id = $1 AND visibility IN ('public', 'parties')) ORDER BY beat_id`,
	"measures":         `spark_id = $1 AND beat_id IN (SELECT beat_id FROM beats WHERE spark_id = $1 AND visibility IN ('public', 'parties')) ORDER BY measure_id`,
	"spark_origins":    `spark_id = $1`,
	"mail_arrivals":    `spark_id = $1 ORDER BY arrived_at, letter_hash`,
	"commitments":      `spark_id = $1 AND member_id = 0 ORDER BY by_day, commitment_id`,
	"forecast_choices": `spark_id = $1 ORDER BY chosen_at`,
	"mergings":         `spark_id = $1 ORDER BY since_beat`,
	"clusters":         `spark_id = $1`,
	"act_changes":      `spark_id = $1 ORDER BY act_id`,
	"mails":            `spark_id = $1 AND purpose LIKE 'bringer.%' ORDER BY mail_id`,
	"attachments":      `spark_id = $1 ORDER BY attachment_id`,
}

// undecided lists the columns of a bringer's tables with no fate, and fates of
// columns that do not exist.
func undecided(tables []store.Table, told []web.Holding, decided map[string]fate) (wrong []string) {
	seen := map[string]bool{}
	for _, h := range told {
		i := slices.IndexFunc(tables, func(t store.Table) bool { return t.Name == h.Table })
		if !h.Personal || h.Of == "officer" || h.Of == "reader" || h.Of == "visitor" || i < 0 {
			continue
		}
		for _, c := range tables[i].Columns {
			name := h.Table + "." + c.Name
			seen[name] = true
			if f := decided[name]; (f.at == "") == (f.because == "") {
				wrong = append(wrong, name+" must be in the file or have a reason why not")
			}
		}
	}
	for name := range decided {
		if !seen[name] {
			wrong = append(wrong, name+" is decided on and is no column of a bringer's")
		}
	}
	return wrong
}

// at follows a path into the file; row stands for #.
func at(t *testing.T, file map[string]any, path string, row int) any {
	t.Helper()
	var x any = file
	for part := range strings.SplitSeq(path, ".") {
		switch in := x.(type) {
		case map[string]any:
			next, ok := in[part]
			if !ok {
				t.Fatalf("the file has no %s", path)
			}
			x = next
		case []any: // part is "#"
			if row >= len(in) {
				t.Fatalf("%s has %d rows, want row %d", path, len(in), row)
			}
			x = in[row]
		}
	}
	return x
}

// rows reads a bringer's rows of a table, each value as text, number or flag.
func (s *site) rows(table store.Table, id ident.ID) (all []map[string]any) {
	s.t.Helper()
	var names []string
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	rows, err := s.db.Query(context.Background(), `SELECT `+strings.Join(names, ", ")+` FROM `+table.Name+` WHERE `+theirs[table.Name], int64(id))
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		into := make([]any, len(names))
		for i, c := range table.Columns {
			switch c.Type {
			case store.Text, store.JSON:
				into[i] = new(string)
			case store.Bool:
				into[i] = new(bool)
			case store.Bytes:
				into[i] = new([]byte)
			default:
				into[i] = new(int64)
			}
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := map[string]any{}
		for i, name := range names {
			switch x := into[i].(type) {
			case *string:
				row[name] = *x
			case *bool:
				row[name] = *x
			case *[]byte:
				row[name] = *x
			case *int64:
				row[name] = *x
			}
		}
		all = append(all, row)
		return nil
	}); err != nil {
		s.t.Fatalf("%s: %v", table.Name, err)
	}
	return all
}

// lived takes a spark through everything by the pages people use, and has every
// letter written.
func (s *site) lived(r *reader) dropped {
	s.t.Helper()
	planner := s.officer(office.Planner)
	d := r.drop("text", "Puupaja ratkaisevasti auki kylällä. Työkalut löytyvät.", "title", "Salasanaton otsikko", "place", "Mummolanmäki", "kind", "idea",
		"name", "Maija Meikäläinen", "email", "maija@meikalaiset.example", "phone", "040 765 4321", "contact", "call", "event", "Meikäläisten talkoot", "themes", s.edition.Themes[0].ID)
	s.drain()
	does := func(verb string, pairs ...string) {
		s.t.Helper()
		form := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		s.clock.Advance(time.Minute)
		if p := planner.post("/toimisto/kipina/"+d.code+"/"+verb, form); p.status != http.StatusOK {
			s.t.Fatalf("%s gives %d: %s", verb, p.status, p.Find(".errors").Text())
		}
	}
	does("vastaa", "words", "Hei Maija Meikäläinen, soitan numeroon 040 765 4321.", "malli", "kiitos")
	does("kysy", "words", "Sopiiko maija@meikalaiset.example, vai soitanko?")
	s.drain()
	if p := r.post(d.own+"/vastaus", url.Values{"words": {"Ratkaisevasti sopii. T. Meikäläinen"}}); p.status != http.StatusOK {
		s.t.Fatalf("the reply gives %d", p.status)
	}
	if p := r.send(d.own+"/liitteet", map[string]string{"alt1": "Meikäläisen puupaja"}, sentFile{"file1", "Meikäläinen-puupaja.jpg", photo(s.t, 600, 400, 1)}, sentFile{"file2", "hakemus.pdf", onePage("")}); p.status != http.StatusOK {
		s.t.Fatalf("attaching gives %d: %s", p.status, p.Find(".errors").Text())
	}
	if p := r.post(d.own+"/ennuste", url.Values{"do": {"show"}}); p.status != http.StatusOK {
		s.t.Fatal(p.status)
	}
	if p := r.post(d.own+"/hoidan", url.Values{"what": {"Puupajan avain haetaan"}, "day": {"2026-12-09"}}); p.status != http.StatusOK {
		s.t.Fatalf("taking a step upon oneself gives %d", p.status)
	}
	if p := planner.send("/toimisto/kipina/"+d.code+"/liitteet", map[string]string{"alt1": "Muistio puupajasta"}, sentFile{"file1", "puupaja.txt", []byte("Puupaja on tyhjillään.")}); p.status != http.StatusOK {
		s.t.Fatalf("the office's attaching gives %d", p.status)
	}
	sp := s.find(d.code)
	asked := s.lastLetter("bringer.asked")
	if got := s.arrives("From: Maija Meikäläinen <maija@meikalaiset.example>\r\nMessage-ID: <vastaus@meikalaiset.example>\r\nIn-Reply-To: <" + asked.MessageID + ">\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" +
		"--m\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nPuupaja sopii, Meikäläinen tulee.\r\n" +
		"--m\r\nContent-Type: application/x-msdownload; name=\"puupaja.exe\"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n--m--\r\n"); got.Fate != mailin.Replied || got.Code != d.code {
		s.t.Fatalf("the letter was not an answer: %+v", got)
	}
	does("keskustelu", "way", "call", "words", "Puhuttiin puupajasta.", "shown", "1", "next", "2026-12-03", "what", "Puupaja varataan", "who", "Maija Meikäläinen", "by", "2026-12-10", "what", "Avain haetaan", "who", "Kylätoimikunta", "by", "")
	does("keskustelu", "way", "meet", "words", "SISÄISESTI Meikäläisestä.", "what", "SISÄINEN-TOIMI: puupaja", "who", "Salainen Toinen", "next", "2026-12-04")
	does("muistio", "words", "SISÄINEN-MUISTIO: Meikäläinen on tuttu.")
	does("luokittele", "place", "Anjala", "outside", "1", "tags", "theme:"+s.edition.Themes[0].ID)
	does("maarapaiva", "day", "2026-12-11", "reason", "Meikäläinen on matkoilla.")
	measures, err := spark.Measures(context.Background(), s.db, "kouvola", sp.ID)
	if err != nil || len(measures) != 3 {
		s.t.Fatalf("%d measures: %v", len(measures), err)
	}
	does("toimenpide/" + measures[1].ID.String())
	answered := s.beatOf(sp.ID, "answered")
	does("oikaise/"+answered.String(), "words", "Hei Meikäläinen, soitan huomenna.")
	does("vastuu", "owner", s.officers[office.Manager].ID.String())
	s.drain()
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return jobs.Kind[map[string]any]{Name: "office.monday"}.Enqueue(ctx, tx, map[string]any{"region": "kouvola", "due": time.Date(2026, 12, 14, 5, 30, 0, 0, time.UTC)}) // its day to be called has come
	}); err != nil {
		s.t.Fatal(err)
	}
	s.drain()
	return d
}

// mixed has a spark joined to another and taken apart again, and then another one
// joined to it with its title.
func (s *site) mixed(d dropped) {
	s.t.Helper()
	first, then := s.drop(spark.Draft{Text: "Verstas kylälle.", Language: "fi"}), s.drop(spark.Draft{Text: "Toisen verstas.", Title: "Verstaan otsikko", Language: "fi"})
	s.clock.Advance(time.Minute)
	ctx, id := context.Background(), s.find(d.code).ID
	s.must(s.parts.Sparks.Merge(ctx, s.act(first.Spark.Code), spark.Joining{Sparks: []spark.Seen{{ID: id}}}))
	s.must(s.parts.Sparks.Unmerge(ctx, s.act(d.code)))
	s.must(s.parts.Sparks.Merge(ctx, s.act(d.code), spark.Joining{Sparks: []spark.Seen{{ID: then.Spark.ID}}, TitleOf: then.Spark.ID}))
	s.drain()
}

func (s *site) drain() {
	s.t.Helper()
	if err := s.parts.Jobs.Drain(context.Background()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) beatOf(id ident.ID, kind string) (beat ident.ID) {
	s.t.Helper()
	if err := s.db.QueryRow(context.Background(), `SELECT beat_id FROM beats WHERE region_id = 'kouvola' AND spark_id = $1 AND type = $2`, int64(id), kind).Scan(&beat); err != nil {
		s.t.Fatal(err)
	}
	return beat
}

// ownFile downloads and reads a bringer's own data.
func (r *reader) ownFile(path string) (map[string]any, page) {
	r.s.t.Helper()
	p := r.get(path + "/tiedot")
	if p.status != http.StatusOK {
		r.s.t.Fatalf("%s/tiedot gives %d", path, p.status)
	}
	var file map[string]any
	if err := json.Unmarshal([]byte(p.body), &file); err != nil {
		r.s.t.Fatalf("%v in %s", err, p.body)
	}
	return file, p
}

func TestOwnDataHoldsEveryColumnOfTheBringers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		tables, err := s.db.Tables(context.Background(), s.db)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range undecided(tables, web.Holdings(), fates) {
			t.Error(wrong)
		}
		r := s.visitor()
		d := s.lived(r)
		s.mixed(d)
		file, _ := r.ownFile(d.own)
		for _, row := range at(t, file, "story", 0).([]any) { // as the store keeps the two
			b := row.(map[string]any)
			b["said"] = b["words"]
			if b["would"] != "" {
				b["said"] = fmt.Sprint(b["words"], "\x1e", b["would"])
			}
		}
		id := s.find(d.code).ID
		for _, table := range tables {
			if theirs[table.Name] == "" {
				continue
			}
			rows := s.rows(table, id)
			list, _, _ := strings.Cut(fates[table.Name+"."+table.Columns[len(table.Columns)-1].Name].at, ".#")
			if len(rows) == 0 {
				t.Errorf("%s: nothing to compare", table.Name)
			}
			if in, ok := file[list].([]any); ok && len(in) != len(rows) && table.Name != "beat_words" {
				t.Errorf("%s: %d rows, %d in the file", table.Name, len(rows), len(in))
			}
			place := map[any]int{} // words stand with the beat they belong to
			for i, b := range file["story"].([]any) {
				place[b.(map[string]any)["id"]] = i
			}
			for i, row := range rows {
				if table.Name == "beat_words" {
					i = place[asID(s, row["beat_id"])]
				}
				for column, kept := range row {
					f := fates[table.Name+"."+column]
					if f.at == "" {
						continue
					}
					want := kept
					if f.as != nil {
						want = f.as(s, kept)
					}
					got := at(t, file, f.at, i)
					if text, ok := got.(string); ok && strings.HasSuffix(column, "_at") || column == "at" {
						if when, err := time.Parse(time.RFC3339Nano, text); err == nil {
							got = when.Format(time.RFC3339Nano)
						}
					}
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("%s.%s is %v, the file says %v", table.Name, column, want, got)
					}
				}
			}
		}
		if tags := fmt.Sprint(at(t, file, "spark.tags", 0)); tags != "[theme:"+s.edition.Themes[0].ID+"]" {
			t.Errorf("tags: %s", tags)
		}
	})
	// The check itself: a new column and a fate of nothing are both found.
	tables := []store.Table{{Name: "sparks", Columns: []store.Column{{Name: "code"}, {Name: "shoe_size"}}}}
	if got := undecided(tables, []web.Holding{{Table: "sparks", Personal: true, Of: "bringer"}}, map[string]fate{"sparks.code": {at: "spark.code"}, "sparks.gone": {because: "x"}}); len(got) != 2 {
		t.Errorf("the check finds %q", got)
	}
}

func TestOwnDataIsForItsBringerOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := s.lived(r)
		other := r.drop("text", "Toisen kipinä.", "name", "Matti Muukalainen", "email", "matti@muukalainen.example")
		s.drain()
		for i, lang := range tongues {
			own := r.get(lang + d.own)
			link := own.Find("main nav a[download]")
			if link.Length() != 1 || link.AttrOr("href", "") != lang+d.own+"/tiedot" {
				t.Errorf("%q: the own page does not lead to the file", lang)
			}
			file, p := r.ownFile(lang + d.own)
			for name, want := range map[string]string{
				"Content-Type": "application/json; charset=utf-8", "Content-Disposition": `attachment; filename="kipina-` + d.code + `.json"`,
				"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff",
			} {
				if got := p.header.Get(name); got != want {
					t.Errorf("%s: %q", name, got)
				}
			}
			if got := p.header.Get("Referrer-Policy"); got != "strict-origin" { // no Sec-Fetch-Site: an old browser
				t.Errorf("Referrer-Policy %q", got)
			}
			for _, secret := range []string{"SISÄI", "Salainen Toinen", "Muukala", "muukala", "manager@kouvola", "planner@kouvola", strings.TrimPrefix(d.own, "/oma/"), "⟦"} {
				if strings.Contains(p.body, secret) {
					t.Errorf("the file holds %q", secret)
				}
			}
			for _, word := range []string{"Puupaja varataan", "Hei Maija Meikäläinen, soitan numeroon", "Hei Meikäläinen, soitan huomenna."} {
				if !strings.Contains(p.body, word) {
					t.Errorf("the file lacks %q", word)
				}
			}
			if want := []string{"Tässä", "Den här", "This file"}[i]; !strings.HasPrefix(file["about"].(string), want) || len(file["not_here"].([]any)) != 7 {
				t.Errorf("%q: %v, %v", lang, file["about"], file["not_here"])
			}
			if secretLinks := strings.Count(p.body, "/oma/"); secretLinks != strings.Count(p.body, "/oma/…") || secretLinks == 0 {
				t.Errorf("%d links, not all of them hidden", secretLinks)
			}
		}
		req, err := http.NewRequest(http.MethodGet, s.url+d.own+"/tiedot", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		if p := r.do(req); p.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("Referrer-Policy %q", p.header.Get("Referrer-Policy"))
		}
		if req, err = http.NewRequest(http.MethodHead, s.url+d.own+"/tiedot", nil); err != nil {
			t.Fatal(err)
		}
		if p := r.do(req); p.status != http.StatusOK || p.body != "" {
			t.Errorf("HEAD gives %d with %d bytes", p.status, len(p.body))
		}
		if p := r.get("/oma/" + ident.Secret() + "/tiedot"); p.status != http.StatusGone || strings.Contains(p.body, "Meikäläinen") {
			t.Errorf("a wrong link gives %d", p.status)
		}
		if p := r.post(other.own+"/poisto", nil); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if p := r.get(other.own + "/tiedot"); p.status != http.StatusGone {
			t.Errorf("a withdrawn spark's file gives %d", p.status)
		}
	})
}

func TestOwnDataSurvivesWhateverWasWritten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		said := "\"}],\n<script>alert(1)</script> \\u0000 \\ ' € 😀 ä"
		d := r.drop("text", said, "name", `"Maija" \ </x>`)
		if p := r.post(d.own+"/vastaus", url.Values{"words": {said}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		file, _ := r.ownFile(d.own)
		story := file["story"].([]any)
		if at(t, file, "spark.text", 0) != said || at(t, file, "bringer.name", 0) != `"Maija" \ </x>` || story[len(story)-1].(map[string]any)["words"] != said {
			t.Errorf("the words changed: %v", file)
		}
		// Pages of the story and of the letters join without a gap.
		ctx := context.Background()
		long := r.drop("text", "Pitkä tarina.", "email", "pitka@posti.example")
		for i := range 130 {
			s.must(s.parts.Sparks.Answer(ctx, s.act(long.code), fmt.Sprintf("Vastaus %d.", i), false, ""))
		}
		s.drain()
		file, _ = r.ownFile(long.own)
		if got := len(file["story"].([]any)); got != 131 {
			t.Errorf("%d beats of 131", got)
		}
		if got := len(file["letters"].([]any)); got != 131 {
			t.Errorf("%d letters of 131", got)
		}
		for i, b := range file["story"].([]any)[1:] {
			if words := b.(map[string]any)["words"]; words != fmt.Sprintf("Vastaus %d.", i) {
				t.Fatalf("beat %d says %v", i, words)
			}
		}
	})
}

// failing hands on what is written, and takes a table away at the first of it.
type failing struct {
	*httptest.ResponseRecorder
	then func()
}

func (f *failing) Write(b []byte) (int, error) {
	if f.then != nil {
		f.then()
		f.then = nil
	}
	return f.ResponseRecorder.Write(b)
}

func TestOwnDataThatBreaksOffLooksBroken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.visitor().drop("email", "maija@posti.example")
		server := web.New(s.parts)
		w := &failing{ResponseRecorder: httptest.NewRecorder(), then: func() {
			if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `ALTER TABLE mails RENAME TO away`)
				return err
			}); err != nil {
				t.Error(err)
			}
		}}
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("the answer ended with %v", p)
			}
			if json.Valid(w.Body.Bytes()) {
				t.Error("half a file looks like a whole one")
			}
		}()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, d.own+"/tiedot", nil))
	})
}
