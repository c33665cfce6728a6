package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code tells a machine what kind of failure this is; each edge maps it to its
// own status once.
type Code string

const (
	Invalid   Code = "invalid"   // what was given cannot be used: Field says where
	NotFound  Code = "not_found" // no such thing, or not for this reader to know of
	Forbidden Code = "forbidden" // known reader, not allowed
	SignIn    Code = "sign_in"   // nobody is signed in
	Conflict  Code = "conflict"  // somebody else changed it first, or it exists already
	Gone      Code = "gone"      // was here, withdrawn or expired
	TooLarge  Code = "too_large" // over a stated bound
	TooMany   Code = "too_many"  // slow down
	Busy      Code = "busy"      // try again: a lock, a full disk, a starting server
	Internal  Code = "internal"  // our fault; the person sees only that
)

// Error is a failure a person or a program can act on.
//
// Key names the sentence in the text catalogues ("spark.text.missing"), Args
// fill its placeholders, Field is the form field or file position it concerns.
// Err is the cause: for the log, never for the page.
type Error struct {
	Code  Code
	Key   string
	Field string
	Args  map[string]any
	Err   error
}

// New makes an Error with a message key.
func New(code Code, key string) *Error { return &Error{Code: code, Key: key} }

// On names the field or line the failure concerns.
func (e *Error) On(field string) *Error { e.Field = field; return e }

// With adds one placeholder value for the message.
func (e *Error) With(name string, value any) *Error {
	if e.Args == nil {
		e.Args = map[string]any{}
	}
	e.Args[name] = value
	return e
}

// Because attaches the cause.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// Error is the log's reading: code, key, field, cause.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Code, e.Key)
	if e.Field != "" {
		fmt.Fprintf(&b, " (%s)", e.Field)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf finds the code of the first Error in the chain; any other non-nil
// error is Internal, nil is "".
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	var many Many
	if errors.As(err, &many) && len(many) > 0 {
		return many[0].Code
	}
	return Internal
}

// Is tells whether err carries this code.
func Is(err error, code Code) bool { return CodeOf(err) == code }

// Many is every mistake found in one form or file, so that a person can mend
// all of them at once.
type Many []*Error

func (m Many) Error() string {
	parts := make([]string, len(m))
	for i, e := range m {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "; ")
}

// OrNil gives nil when nothing was wrong, so that callers need no length check.
func (m Many) OrNil() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// List flattens err to the mistakes a page should show; an error that is no
// fault becomes one Internal entry.
func List(err error) Many {
	if err == nil {
		return nil
	}
	var many Many
	if errors.As(err, &many) {
		return many
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return Many{e}
	}
	return Many{New(Internal, "internal").Because(err)}
}
