package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"kokko/edge/dossier"
	"kokko/edge/mailin"
	"kokko/edge/notify"
	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/document"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/mail/arriving"
	"kokko/ground/picture"
	"kokko/ground/store"
	"kokko/region/place"
	"kokko/region/programme"
	"kokko/schema"
)

// version is set by the linker from the git tag.
var version = "dev"

//go:embed texts
var texts embed.FS

// commands is the whole command line; every flag can also come from the
// environment under the name its help shows.
type commands struct {
	Data     string `help:"Folder for the embedded database, backups and nothing else." type:"path" default:"kokko-data" env:"KOKKO_DATA" placeholder:"DIR"`
	Database string `help:"Where the data is: sqlite:FILE or postgres://…; SQLite in the data folder when not given." env:"KOKKO_DATABASE" placeholder:"URL"`
	Language string `help:"Language of what is printed here: fi, sv or en; read from LANG when not given." env:"KOKKO_LANGUAGE" placeholder:"LANG"`
	SMTP     string `help:"Mail server of all regions, smtp://user:password@host:587?from=…; a region's own settings are used when not given." env:"KOKKO_SMTP" placeholder:"URL"`
	Site     string `help:"Address people reach the site at, https://…; http://localhost and the listening port when not given." env:"KOKKO_SITE" placeholder:"URL"`
	JSONLog  bool   `help:"Log as JSON lines." name:"json-log" env:"KOKKO_JSON_LOG"`

	Serve     serveCommand     `cmd:"" help:"Serve the open call. With an empty store it begins with the Kouvola example and prints a sign-in link."`
	Backup    backupCommand    `cmd:"" help:"Write everything into one archive, also while serving; or check an archive."`
	Restore   restoreCommand   `cmd:"" help:"Load an archive into an empty store of either engine. Refused while serving."`
	Doctor    doctorCommand    `cmd:"" help:"Check everything an operator would ask about, in plain words."`
	MailIn    mailInCommand    `cmd:"" name:"mail-in" help:"Take one letter from standard input: a mail server pipes the call's mail here. Also while serving."`
	Programme programmeCommand `cmd:"" help:"Check and publish a region's programme file."`
	Import    importCommand    `cmd:"" help:"Take in a whole file of what was told or done elsewhere. The same row is taken once; cut short, the same command goes on."`
	Export    exportCommand    `cmd:"" help:"Write something out for other programs."`
	Demo      demoCommand      `cmd:"" help:"Fill an empty region with a marked, invented demonstration, or take it away with --clear. Nobody is written to."`
	Reindex   reindexCommand   `cmd:"" help:"Make anew what the search finds by. Also while serving; cut short, the same command goes on."`
	Words     wordsCommand     `cmd:"" help:"Read text on standard input and print for each word a line: word, base forms, compound parts, roots, class, language."`
	Admin     adminCommand     `cmd:"" help:"Office accounts from the command line: when nobody can sign in."`
	Licences  licencesCommand  `cmd:"" help:"Print what the program is made of, on what terms, and where its source is."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// run is main without the process: arguments in, exit code out. 0 is well, 1 is a
// failure that was printed, 2 is a wrong command line; mail-in has its own.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer, env func(string) string) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("kokko"), kong.Writers(out, errs), kong.UsageOnError(),
		kong.Description("Kokko: the working place of a regional development programme. Anyone drops a spark, the office answers by a promised date."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}), kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		fmt.Fprintln(errs, err)
		return 2
	}
	code := 0
	func() {
		defer func() {
			if p := recover(); p != nil {
				e, ok := p.(exit)
				if !ok {
					panic(p)
				}
				code = int(e)
			}
		}()
		chosen, err := parser.Parse(args)
		if err != nil {
			fmt.Fprintln(errs, "kokko:", err)
			code = 2
			if slices.Contains(args, "mail-in") {
				code = exitAgain // a slip in a mail server's file must not lose letters
			}
			return
		}
		h, err := newHouse(&c, in, out, errs, env)
		if err != nil {
			fmt.Fprintln(errs, "kokko:", err)
			code = 1
			return
		}
		chosen.BindTo(ctx, (*context.Context)(nil))
		if err := chosen.Run(h); err != nil {
			code = 1
			if e, ok := errors.AsType[ended](err); ok {
				code = int(e)
			} else if !errors.Is(err, errSaid) {
				fmt.Fprintln(errs, "kokko:", h.explain(err))
			}
		}
	}()
	return code
}

// exit carries kong's exit code out of the parser.
type exit int

// errSaid ends a command with code 1 when everything was printed already.
var errSaid = errors.New("said")

// house is what every command stands on.
type house struct {
	*commands
	in        io.Reader
	out, errs io.Writer
	clock     clock.Clock
	ids       *ident.Maker
	texts     *i18n.Bundle
	say       *i18n.Printer
	log       *slog.Logger
}

func newHouse(c *commands, in io.Reader, out, errs io.Writer, env func(string) string) (*house, error) {
	h := &house{commands: c, in: in, out: out, errs: errs, clock: clock.System{}}
	h.ids = ident.NewMaker(h.clock)
	var err error
	if h.texts, err = i18n.Load(texts, web.Texts, notify.Texts, mail.Texts, picture.Texts, document.Texts, arriving.Texts, mailin.Texts, dossier.Texts, workday.Texts(), programme.Texts(), place.Texts()); err != nil {
		return nil, err
	}
	language, ok := i18n.ParseLanguage(c.Language)
	if !ok {
		language = i18n.English
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			if v := env(name); v != "" {
				if l, ok := i18n.ParseLanguage(v[:min(2, len(v))]); ok {
					language = l
				}
				break
			}
		}
	}
	h.say = h.texts.For(language)
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if c.JSONLog {
		h.log = slog.New(slog.NewJSONHandler(errs, options))
	} else {
		h.log = slog.New(slog.NewTextHandler(errs, options))
	}
	h.texts.OnMissing(func(m i18n.Missing) { h.log.Error("text missing", "missing", fmt.Sprintf("%+v", m)) })
	return h, nil
}

// explain is an error for a terminal: what happened and what to do, then the
// cause for whoever mends it.
func (h *house) explain(err error) string {
	list := fault.List(err)
	if len(list) == 1 && list[0].Code == fault.Internal && list[0].Err != nil {
		return list[0].Err.Error() // the system's own words: a port in use, a file not there
	}
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString("\n       ")
		}
		b.WriteString(h.say.Fault(e))
		if e.Err != nil {
			b.WriteString("\n       (" + e.Err.Error() + ")")
		}
	}
	return b.String()
}

// storeURL is where the data is.
func (c *commands) storeURL() string {
	if c.Database != "" {
		return c.Database
	}
	return "sqlite:" + filepath.Join(c.Data, "kokko.db")
}

// open opens the store without changing it.
func (h *house) open(ctx context.Context) (*store.DB, error) {
	return store.Open(ctx, h.storeURL(), store.Options{Unread: schema.Unread()})
}

// missing is where the embedded database should be and is not, "" when it is there or
// is a server's. Opening it would make one, in whatever folder was misspelt.
func (h *house) missing() string {
	path, embedded := strings.CutPrefix(h.storeURL(), "sqlite:")
	if !embedded {
		return ""
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return path
	}
	return ""
}

// openReady opens a store that must be there and stand at this program's schema.
func (h *house) openReady(ctx context.Context) (*store.DB, error) {
	if path := h.missing(); path != "" {
		return nil, fault.New(fault.NotFound, "cli.no_store").With("store", path)
	}
	db, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	pending, _, err := db.Pending(ctx, schema.Files)
	if err == nil && len(pending) > 0 {
		err = fault.New(fault.Conflict, "cli.not_migrated")
	}
	if err == nil {
		err = h.askAnew(ctx, db)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// guessed warns that the addresses just printed may lead elsewhere than to the server.
func (h *house) guessed() {
	if h.Site == "" {
		fmt.Fprintln(h.out, h.say.T("cli.site.guessed", "site", h.site("localhost:8080")))
	}
}

// site is the address people reach the site at.
func (h *house) site(listen string) string {
	if h.Site != "" {
		return strings.TrimSuffix(h.Site, "/")
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil || port == "80" {
		return "http://localhost"
	}
	return "http://localhost:" + port
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(h *house) error {
	_, err := fmt.Fprintln(h.out, "kokko", version)
	return err
}
