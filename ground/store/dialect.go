package store

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sync"

	"kokko/ground/ident"
)

// Dialect is one engine's spelling of the words the engines do not share.
//
//	{json}           column type of a JSON document
//	{lock}           row lock of a queue reader, after ORDER BY … LIMIT
//	{in $3}          "is one of", the argument made by List
//	{greatest a, b}  the larger of two values
//	{least a, b}     the smaller of two values
//	{changes}        text that is another one after every commit of others, see Moment
//
// SQL passed to a Tx or a DB may hold them; anything else in braces is an error
// on first use, so a misspelt word fails in every test that touches it.
type Dialect struct {
	Engine Engine
	said   *sync.Map // SQL with words → SQL of this engine; owned by Say
}

// Engine names a database engine.
type Engine string

const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

func newDialect(e Engine) Dialect { return Dialect{Engine: e, said: &sync.Map{}} }

var word = regexp.MustCompile(`\{([a-z]+)(?: ([^{}]*))?\}`)

// Say puts this engine's words into query. The result is kept, so that a query
// constant costs one map look-up after its first use.
func (d Dialect) Say(query string) (string, error) {
	if out, ok := d.said.Load(query); ok {
		return out.(string), nil
	}
	var unknown error
	out := word.ReplaceAllStringFunc(query, func(m string) string {
		parts := word.FindStringSubmatch(m)
		s, err := d.word(parts[1], parts[2])
		if err != nil {
			unknown = fmt.Errorf("%w in %q", err, query)
		}
		return s
	})
	if unknown != nil {
		return "", unknown
	}
	d.said.Store(query, out)
	return out, nil
}

func (d Dialect) word(name, arg string) (string, error) {
	pg := d.Engine == Postgres
	switch name {
	case "json":
		if pg {
			return "JSONB", nil
		}
		return "JSON_TEXT", nil // text to SQLite, a document to Tables
	case "lock":
		if pg {
			return "FOR UPDATE SKIP LOCKED", nil
		}
		return "", nil // the one writer holds the whole file
	case "in":
		if pg {
			return "= ANY(" + arg + ")", nil
		}
		return "IN (SELECT value FROM json_each(" + arg + "))", nil
	case "changes":
		if pg {
			return "pg_current_snapshot()::text", nil
		}
		return "CAST(data_version AS TEXT) FROM pragma_data_version", nil
	case "greatest":
		if pg {
			return "GREATEST(" + arg + ")", nil
		}
		return "MAX(" + arg + ")", nil
	case "least":
		if pg {
			return "LEAST(" + arg + ")", nil
		}
		return "MIN(" + arg + ")", nil
	}
	return "", fmt.Errorf("store: unknown dialect word {%s}", name)
}

// lister is an argument whose form depends on the engine.
type lister interface{ list(e Engine) (any, error) }

// Strings is a list argument for {in $n}.
type Strings []string

func (l Strings) list(e Engine) (any, error) { return listArg(e, []string(l)) }

// Ints is a list argument for {in $n}.
type Ints []int64

// IDs is a list of ids as an argument for {in $n}.
func IDs(ids []ident.ID) Ints {
	list := make(Ints, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	return list
}

func (l Ints) list(e Engine) (any, error) { return listArg(e, []int64(l)) }

func listArg[T any](e Engine, l []T) (any, error) {
	if l == nil {
		l = []T{}
	}
	if e == Postgres {
		return l, nil
	}
	b, err := json.Marshal(l)
	return string(b), err
}
