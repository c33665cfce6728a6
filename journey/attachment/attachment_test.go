package attachment_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"kokko/ground/archive"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/attachment"
	"kokko/journey/attachment/attachmenttest"
	"kokko/journey/spark"
	"kokko/schema"
)

func TestAFileIsToldByItsContentAndMadeSafe(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	gps := attachmenttest.WithPlace(attachmenttest.Photo(t, 900, 600, 1))
	if !bytes.Contains(gps, []byte("GPS")) {
		t.Fatal("nothing to prove")
	}
	for name, c := range map[string]struct {
		data  []byte
		kind  attachment.Kind
		media string
		saved string
	}{
		"laituri.JPG":                     {gps, attachment.Picture, "image/jpeg", "laituri.jpg"},
		`C:\Kuvat\Maija\kuva.png`:         {attachmenttest.Drawing(t, 40, 30), attachment.Picture, "image/jpeg", "kuva.jpg"},
		"/home/maija/hakemus.exe":         {attachmenttest.OnePage(""), attachment.PDF, "application/pdf", "hakemus.pdf"},
		"muistio.html":                    {[]byte("Hyv\xe4\xe4 p\xe4iv\xe4\xe4"), attachment.Text, "text/plain; charset=utf-8", "muistio.txt"},
		"\u202egnp.exe\x00.jpg":           {attachmenttest.Photo(t, 20, 20, 2), attachment.Picture, "image/jpeg", "gnp.exe.jpg"},
		"polyglot.pdf":                    {append(attachmenttest.Photo(t, 20, 20, 3), attachmenttest.OnePage("")...), attachment.Picture, "image/jpeg", "polyglot.jpg"},
		"":                                {append(attachmenttest.Drawing(t, 20, 20), "PK\x03\x04<script>alert(1)</script>"...), attachment.Picture, "image/jpeg", "kipina.jpg"},
		strings.Repeat("ä", 200) + ".pdf": {attachmenttest.OnePage(""), attachment.PDF, "application/pdf", strings.Repeat("ä", 116) + ".pdf"},
	} {
		m := d.make(c.data, name, " Laituri\nrannassa\u202e ")
		if m.Kind != c.kind || m.MediaType() != c.media || m.FileName("kipina") != c.saved || m.Alt != "Laituri rannassa" {
			t.Errorf("%s: %s, %s, %q, %q", name, m.Kind, m.MediaType(), m.FileName("kipina"), m.Alt)
		}
		a := d.drop(m).Spark
		kept := d.of(a.ID)[0]
		content, small := d.content(kept, false), d.content(kept, true)
		if len(content) != kept.Bytes {
			t.Errorf("%s: %d bytes of %d", name, len(content), kept.Bytes)
		}
		for _, secret := range []string{"GPS", "Maija", "60.86", "<script", "PK\x03\x04"} {
			if bytes.Contains(content, []byte(secret)) || bytes.Contains(small, []byte(secret)) {
				t.Errorf("%s still holds %q", name, secret)
			}
		}
		if kept.Kind != attachment.Picture {
			if !bytes.Equal(small, content) {
				t.Errorf("%s has a smaller one", name)
			}
			continue
		}
		full, err := jpeg.DecodeConfig(bytes.NewReader(content))
		if err != nil || full.Width != kept.Width || full.Height != kept.Height {
			t.Errorf("%s: %+v, %v", name, full, err)
		}
		little, err := jpeg.DecodeConfig(bytes.NewReader(small))
		if err != nil || little.Width-kept.SmallWidth() > 1 || kept.SmallWidth()-little.Width > 1 || little.Width > 480 {
			t.Errorf("%s: the small one is %+v, %v, said to be %d wide", name, little, err, kept.SmallWidth())
		}
	}
}

func TestWhatMayNotComeSaysWhy(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	for name, c := range map[string]struct{ data, want string }{
		"empty.jpg":        {"", "document.none"},
		"program.jpg":      {"MZ\x90\x00\x03\x00\x00\x00", "attachment.kind"},
		"letter.docx":      {"PK\x03\x04\x14\x00\x06\x00", "attachment.office"},
		"old.doc":          {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "attachment.office"},
		"rich.rtf":         {"{\\rtf1 Hei}", "attachment.office"},
		"page.jpg":         {"<!DOCTYPE html><script>alert(1)</script>", "document.machine"},
		"drawing.svg":      {"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture.other"},
		"film.mp4":         {"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", "picture.video"},
		"phone.heic":       {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "picture.heic"},
		"half.jpg":         {string(attachmenttest.Photo(t, 200, 200, 1)[:900]), "picture.broken"},
		"bomb.png":         {string(attachmenttest.Bomb(1<<18, 1<<18)), "picture.side"},
		"half.pdf":         {"%PDF-1.7\n1 0 obj", "document.broken"},
		"script.pdf":       {string(attachmenttest.OnePage("/OpenAction << /S /JavaScript /JS (app.alert) >>")), "document.active"},
		"file-in-file.pdf": {string(attachmenttest.OnePage("/Names << /EmbeddedFiles << /Names [] >> >>")), "document.embedded"},
		"locked.pdf":       {strings.Replace(string(attachmenttest.OnePage("")), "/Size 5", "/Encrypt 4 0 R /Size 5", 1), "document.locked"},
		"huge.jpg":         {string(attachmenttest.Photo(t, 20, 20, 1)) + strings.Repeat("x", 11<<20), "picture.bytes"},
		"huge.txt":         {strings.Repeat("Hei ", 600_000), "document.bytes"},
		"noise":            {"\x01\x02\x03\x04", "attachment.kind"},
	} {
		_, err := d.files.Make(context.Background(), reader(c.data), name, "")
		if got := key(err); got != c.want || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %q, want %q (%v)", name, got, c.want, err)
		}
	}
	if _, err := d.files.Make(context.Background(), bytes.NewReader(attachmenttest.Photo(t, 9, 9, 1)), "a.jpg", strings.Repeat("ä", attachment.MaxAlt+1)); key(err) != "too_long" {
		t.Errorf("a long description: %v", err)
	}
	if _, err := d.files.Make(context.Background(), iotest.ErrReader(errors.New("gone")), "a.jpg", ""); key(err) != "document.lost" {
		t.Errorf("a file that does not come: %v", err)
	}
	if _, err := d.files.Make(context.Background(), io.MultiReader(bytes.NewReader(attachmenttest.Photo(t, 300, 300, 1)[:2000]), iotest.ErrReader(errors.New("gone"))), "a.jpg", ""); key(err) != "picture.lost" {
		t.Errorf("a file that comes in half: %v", err)
	}
}

// stuck is a reader that waits until it is let go.
type stuck struct{ begun, goOn chan struct{} }

func (s stuck) Read([]byte) (int, error) {
	s.begun <- struct{}{}
	<-s.goOn
	return 0, errors.New("let go")
}

func TestTwoAreMadeAtOnceAndTheThirdIsToldToWait(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	s := stuck{make(chan struct{}), make(chan struct{})}
	head := attachmenttest.Photo(t, 300, 300, 1)[:1024]
	var made sync.WaitGroup
	for range 2 {
		made.Go(func() {
			_, _ = d.files.Make(context.Background(), io.MultiReader(bytes.NewReader(head), s), "a.jpg", "")
		})
	}
	<-s.begun
	<-s.begun // both have their turn and read on
	impatient, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := d.files.Make(impatient, bytes.NewReader(attachmenttest.Photo(t, 9, 9, 1)), "b.jpg", ""); !fault.Is(err, fault.Busy) || key(err) != "attachment.busy" {
		t.Errorf("the third: %v", err)
	}
	if _, err := d.files.Make(impatient, reader(""), "c.jpg", ""); key(err) != "document.none" {
		t.Errorf("what needs no turn waits for one: %v", err)
	}
	close(s.goOn)
	made.Wait()
	d.make(attachmenttest.Photo(t, 9, 9, 1), "b.jpg", "")
}

func TestASparkAndWhatCameWithItAreStoredTogether(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		one, two := d.make(attachmenttest.Photo(t, 60, 40, 1), "a.jpg", "Laituri"), d.make(attachmenttest.OnePage(""), "b.pdf", "")
		once := ident.Secret()
		r, err := d.dropped(once, one, two, one)
		if err != nil {
			t.Fatal(err)
		}
		all := d.of(r.Spark.ID)
		if len(all) != 2 || all[0].Name != "a.jpg" || all[0].Alt != "Laituri" || all[0].Officer != 0 || !all[0].Added.Equal(d.clock.Now()) || all[1].Kind != attachment.PDF {
			t.Errorf("%+v", all)
		}
		if again, err := d.dropped(once, one, two, d.make(attachmenttest.Photo(t, 60, 40, 2), "c.jpg", "")); err != nil || !again.Again || len(d.of(r.Spark.ID)) != 2 {
			t.Errorf("sent twice: %+v, %v, %d", again.Again, err, len(d.of(r.Spark.ID)))
		}
		if told := d.told(r.Spark.ID); !slices.Equal(told, []string{"dropped bringer public 0"}) {
			t.Errorf("%q", told)
		}
		// What cannot be stored with it takes the spark along: nothing is half there.
		var many []attachment.Made
		for i := range attachment.Most + 1 {
			many = append(many, d.make(attachmenttest.Photo(t, 30, 30, i), "a.jpg", ""))
		}
		before := d.count(`SELECT COUNT(*) FROM sparks`)
		if _, err := d.dropped("", many...); key(err) != "attachment.too_many" || d.count(`SELECT COUNT(*) FROM sparks`) != before || d.count(`SELECT COUNT(*) FROM attachments`) != 2 {
			t.Errorf("%v; %d sparks of %d", err, d.count(`SELECT COUNT(*) FROM sparks`), before)
		}
		failed := errors.New("the disk is full")
		if _, err := d.sparks.Drop(context.Background(), region, d.promise, spark.Draft{Text: "x", Language: "fi"}, spark.By{Also: func(context.Context, *store.Tx, spark.Spark) error { return failed }}); !errors.Is(err, failed) || d.count(`SELECT COUNT(*) FROM sparks`) != before {
			t.Errorf("%v", err)
		}
	})
}

func TestAddingDescribingAndTakingAway(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop()
		id := r.Spark.ID
		photos := make([]attachment.Made, 7)
		for i := range photos {
			photos[i] = d.make(attachmenttest.Photo(t, 30, 30, i), "kuva.jpg", "")
		}
		ok := func(sp spark.Spark, err error) spark.Spark {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return sp
		}
		sp := ok(d.files.Add(ctx, region, r.Link, photos[:2]))
		if sp.Beats != 2 || !sp.Latest.Equal(d.clock.Now()) {
			t.Errorf("%+v", sp)
		}
		if sp := ok(d.files.Add(ctx, region, r.Link, photos[:1])); sp.Beats != 2 {
			t.Error("adding what is there tells a story")
		}
		ok(d.files.AddFor(ctx, d.act(id), photos[2:4]))
		all := d.of(id)
		if len(all) != 4 || all[3].Officer != d.officer.ID || all[0].Officer != 0 {
			t.Errorf("%+v", all)
		}
		if _, err := d.files.Add(ctx, region, r.Link, photos[4:6]); key(err) != "attachment.too_many" || len(d.of(id)) != 4 {
			t.Errorf("a sixth: %v, %d", err, len(d.of(id)))
		}
		ok(d.files.Describe(ctx, region, r.Link, all[0].ID, " Ranta\n talvella "))
		ok(d.files.DescribeFor(ctx, d.act(id), all[1].ID, "Ranta kesällä"))
		ok(d.files.Remove(ctx, region, r.Link, all[2].ID))
		ok(d.files.RemoveFor(ctx, d.act(id), all[3].ID))
		if left := d.of(id); len(left) != 2 || left[0].Alt != "Ranta talvella" || left[1].Alt != "Ranta kesällä" {
			t.Errorf("%+v", left)
		}
		if told := d.told(id); !slices.Equal(told, []string{"dropped bringer public 0", "attached bringer public 2", "attached office public 2", "detached bringer public 1", "detached office public 1"}) {
			t.Errorf("%q", told)
		}
		other := d.drop(photos[6])
		for name, err := range map[string]error{
			"gone":              second(d.files.Remove(ctx, region, r.Link, all[2].ID)),
			"another spark's":   second(d.files.Remove(ctx, region, r.Link, d.of(other.Spark.ID)[0].ID)),
			"its description":   second(d.files.Describe(ctx, region, r.Link, d.of(other.Spark.ID)[0].ID, "x")),
			"read through this": second(attachment.One(ctx, d.db, region, id, d.of(other.Spark.ID)[0].ID)),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.files.Describe(ctx, region, r.Link, all[0].ID, strings.Repeat("x", 301)); key(err) != "too_long" {
			t.Errorf("%v", err)
		}
		if _, err := d.files.Add(ctx, region, ident.Secret(), photos[:1]); !fault.Is(err, fault.Gone) {
			t.Errorf("a wrong link: %v", err)
		}
		// A spark for the office only tells the parties only.
		hidden, err := d.sparks.Drop(ctx, region, d.promise, spark.Draft{Text: "x", Visibility: spark.Office, Language: "fi"}, spark.By{})
		ok(hidden.Spark, err)
		ok(d.files.Add(ctx, region, hidden.Link, photos[:1]))
		if told := d.told(hidden.Spark.ID); told[1] != "attached bringer parties 1" {
			t.Errorf("%q", told)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Many hands at once leave no more than there may be.
func TestAddingAtOnceStaysWithinTheBound(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		r := d.drop()
		var hands sync.WaitGroup
		for i := range 4 {
			m := []attachment.Made{d.make(attachmenttest.Photo(t, 30, 30, 2*i), "a.jpg", ""), d.make(attachmenttest.Photo(t, 30, 30, 2*i+1), "b.jpg", "")}
			hands.Go(func() {
				if _, err := d.files.Add(context.Background(), region, r.Link, m); err != nil && key(err) != "attachment.too_many" {
					t.Error(err)
				}
			})
		}
		hands.Wait()
		if n := len(d.of(r.Spark.ID)); n != 4 {
			t.Errorf("%d attachments", n)
		}
	})
}

func TestAttachmentsLeaveWithTheirSpark(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		erased, kept, other := d.drop(d.make(attachmenttest.Photo(t, 30, 30, 1), "Maija.jpg", "Maija laiturilla")), d.drop(d.make(attachmenttest.OnePage(""), "Maijan hakemus.pdf", "Hakemus")), d.drop(d.make(attachmenttest.Photo(t, 30, 30, 1), "Muu.jpg", ""))
		for link, erase := range map[string]bool{erased.Link: true, kept.Link: false} {
			if _, err := d.sparks.Withdraw(ctx, region, link, erase); err != nil {
				t.Fatal(err)
			}
		}
		if left := d.of(erased.Spark.ID); len(left) != 0 {
			t.Errorf("erased: %+v", left)
		}
		if left := d.of(kept.Spark.ID); len(left) != 1 || left[0].Name != "" || left[0].Alt != "Hakemus" || len(d.content(left[0], false)) == 0 {
			t.Errorf("withdrawn: %+v", left)
		}
		if left := d.of(other.Spark.ID); len(left) != 1 || left[0].Name != "Muu.jpg" {
			t.Errorf("another's: %+v", left)
		}
		for name, err := range map[string]error{
			"by its link":   second(d.files.Add(ctx, region, kept.Link, []attachment.Made{d.make(attachmenttest.Photo(t, 30, 30, 2), "a.jpg", "")})),
			"by the office": second(d.files.AddFor(ctx, d.act(kept.Spark.ID), []attachment.Made{d.make(attachmenttest.Photo(t, 30, 30, 2), "a.jpg", "")})),
		} {
			if !fault.Is(err, fault.Gone) {
				t.Errorf("adding to a withdrawn spark %s: %v", name, err)
			}
		}
	})
}

// What has been kept long enough takes its attachments along.
func TestAttachmentsGoWhenTheirTimeIsUp(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		closed, withdrawn := d.drop(d.make(attachmenttest.Photo(t, 30, 30, 1), "Maija.jpg", "Laituri")), d.drop(d.make(attachmenttest.OnePage(""), "Maijan hakemus.pdf", "Hakemus"))
		d.exec(`UPDATE bringers SET name = 'Maija' WHERE region_id = 'kouvola'`) // somebody to forget
		if _, err := d.sparks.Close(ctx, d.act(closed.Spark.ID), spark.Close{State: spark.Out, Reason: "Ohi.", Would: "Raha."}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.sparks.Withdraw(ctx, region, withdrawn.Link, false); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(365 * 24 * time.Hour)
		also := func(context.Context, *store.Tx) error { return nil }
		for id, lapse := range map[ident.ID]spark.Lapse{closed.Spark.ID: spark.LapseClosed, withdrawn.Spark.ID: spark.LapseWithdrawn} {
			if gone, err := d.sparks.Expire(ctx, region, id, lapse, d.clock.Now(), also); err != nil || !gone {
				t.Fatalf("%s: %v, %v", lapse, gone, err)
			}
		}
		if left := d.of(closed.Spark.ID); len(left) != 1 || left[0].Name != "" || left[0].Alt != "Laituri" {
			t.Errorf("closed: %+v", left)
		}
		if left := d.of(withdrawn.Spark.ID); len(left) != 0 {
			t.Errorf("withdrawn: %+v", left)
		}
	})
}

// A backup of one engine gives every byte to the other.
func TestAttachmentsTravelInABackup(t *testing.T) {
	t.Parallel()
	for _, way := range []struct{ from, to *store.DB }{{storetest.SQLite(t), storetest.Postgres(t)}, {storetest.Postgres(t), storetest.SQLite(t)}} {
		d := newDesk(t, way.from)
		r := d.drop(d.make(attachmenttest.Photo(t, 1200, 900, 1), "a.jpg", "Laituri"), d.make(attachmenttest.OnePage(""), "b.pdf", ""), d.make([]byte("Hei"), "c.txt", ""))
		var kept bytes.Buffer
		if err := archive.Write(context.Background(), way.from, &kept, archive.Meta{At: d.clock.Now(), Stays: schema.Stays()}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Read(context.Background(), way.to, d.clock, schema.Files, bytes.NewReader(kept.Bytes())); err != nil {
			t.Fatal(err)
		}
		before, after := d.of(r.Spark.ID), (&desk{TB: t, db: way.to}).of(r.Spark.ID)
		if !slices.Equal(before, after) || len(after) != 3 {
			t.Errorf("%+v became %+v", before, after)
		}
		for i := range after {
			for _, small := range []bool{true, false} {
				if !bytes.Equal(d.content(before[i], small), (&desk{TB: t, db: way.to}).content(after[i], small)) {
					t.Errorf("%s: other bytes", after[i].Name)
				}
			}
		}
	}
}
