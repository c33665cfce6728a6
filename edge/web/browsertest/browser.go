package browsertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// errAbsent says that this machine has no browser we know.
var errAbsent = errors.New("no Chromium or Chrome was found")

// shared is the one browser of a test process, started by the first test that asks.
var shared = sync.OnceValues(start)

// running is a started browser.
type running struct {
	ctx context.Context // every incognito window is made from it
	// life is the sweeper's input: held here, or the collector would close it.
	life io.Closer
}

// Browser is one person's incognito window: it shares nothing with another
// Browser and is gone when its test ends.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// New opens an incognito window. Without a browser on the machine the test is
// skipped, or fails where one is required: with CI=true or KOKKO_REQUIRE_BROWSER=1.
// KOKKO_CHROMIUM names another program than the usual ones.
func New(t testing.TB) *Browser {
	t.Helper()
	parent, err := shared()
	switch {
	case errors.Is(err, errAbsent) && os.Getenv("CI") != "true" && os.Getenv("KOKKO_REQUIRE_BROWSER") != "1":
		t.Skipf("%v: install one (Debian: apt-get install chromium), or name it in KOKKO_CHROMIUM", err)
	case err != nil:
		t.Fatalf("a browser for the test: %v", err)
	}
	ctx, cancel := chromedp.NewContext(parent.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening an incognito window: %v", err)
	}
	return &Browser{t: t, ctx: ctx}
}

// program finds the browser to start.
func program() (string, error) {
	names := []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	}
	if own := os.Getenv("KOKKO_CHROMIUM"); own != "" {
		names = []string{own}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errAbsent
}

// start starts the process's browser. The browser ends with us, because it reads
// its commands from a pipe that closes then; its folder is removed by a small
// shell that waits for the same.
func start() (running, error) {
	path, err := program()
	if err != nil {
		return running{}, err
	}
	folder, err := os.MkdirTemp("", "kokko-browser-")
	if err != nil {
		return running{}, err
	}
	life, err := sweepAfterUs(folder)
	if err != nil {
		return running{}, err
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(folder),
		chromedp.Flag("headless", true),
		chromedp.Flag("no-sandbox", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), // small in containers
		chromedp.Flag("disable-extensions", true),
		// Back must work where nothing was kept; and a window's own furniture, a page
		// of its own in each, costs more than the pages that are tested.
		chromedp.Flag("disable-features", "BackForwardCache,PreloadTopChromeWebUI"),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("lang", "fi"),
	)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return running{}, fmt.Errorf("starting %s: %w", path, err)
	}
	return running{ctx: ctx, life: life}, nil
}

// sweepAfterUs removes the folder when this process has ended. The browser's own
// helpers may write for a moment longer, so it looks again.
func sweepAfterUs(folder string) (io.Closer, error) {
	cmd := exec.Command("sh", "-c", `trap '' INT HUP TERM
cat >/dev/null
for round in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1"; sleep 0.3; [ -e "$1" ] || exit 0; done`, "sweep", folder)
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return life, cmd.Process.Release()
}
