// as kokko/journey/spark

package spark

import (
	"embed"
	"errors"
	"net"
	"net/http"
	"regexp"
	"sync"
	. "time" // want clock
	clk "time"

	"kokko/ground/jobs"
)

//go:embed *.sql
var files embed.FS

var (
	errNone = errors.New("none")
	ErrSame = http.ErrNoCookie
	shape   = regexp.MustCompile(`x`)
	zone    = sync.OnceValue(func() int { return 1 })
	_       = shape
	Told    = jobs.Kind[string]{Name: "story.told"}
	queue   = jobs.Queue{}     // want global
	cache   = map[string]int{} // want global
	lock    sync.Mutex         // want global
	names   = []string{"a"}    // want global
	made    = build()          // want global
)

var a, b = 1, 2 // want global global

func build() int { return 0 }

func init() { // want init
	cache["x"] = 1
}

func now() clk.Time {
	clk.Sleep(1)     // want clock
	return clk.Now() // want clock
}

// Later is well: a length of time is no time of day.
func later(t clk.Time) clk.Time { return t.Add(clk.Hour) }

// shadow is well: this `time` is somebody's own.
func shadow(clk struct{ Now func() int }) int { return clk.Now() }

func fetch() {
	_, _ = http.Get("http://example.invalid") // want outgoing
	_ = http.Client{}                         // want outgoing
	_, _ = net.Dial("tcp", "x")               // want outgoing
	_ = http.StatusOK
}

func New(a, b, c int, d, e, f string, g bool) int { return a } // want constructor

func NewEnough(a, b, c int, d, e, f string) int { return a }

func Newest(a, b, c, d, e, f, g int) int { return a }
