package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"kokko/ground/fault"
)

func TestCodeSurvivesWrapping(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("drop spark: %w", fault.New(fault.Conflict, "spark.changed").Because(io.EOF))
	if got := fault.CodeOf(err); got != fault.Conflict {
		t.Errorf("code = %q, want conflict", got)
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if got := fault.CodeOf(io.EOF); got != fault.Internal {
		t.Errorf("foreign error has code %q, want internal", got)
	}
	if got := fault.CodeOf(nil); got != "" {
		t.Errorf("nil has code %q", got)
	}
}

func TestListGathersEveryMistake(t *testing.T) {
	t.Parallel()
	many := fault.Many{fault.New(fault.Invalid, "a").On("text"), fault.New(fault.Invalid, "b").On("email")}
	if got := fault.List(fmt.Errorf("form: %w", many.OrNil())); len(got) != 2 || got[1].Field != "email" {
		t.Errorf("list = %v", got)
	}
	if fault.CodeOf(many) != fault.Invalid {
		t.Error("many mistakes have the code of the first")
	}
	if (fault.Many{}).OrNil() != nil {
		t.Error("no mistake must be a nil error")
	}
	if got := fault.List(io.EOF); len(got) != 1 || got[0].Code != fault.Internal {
		t.Errorf("foreign = %v", got)
	}
}
