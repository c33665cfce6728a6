// as kokko/ground/store

package store // want outside

import (
	"testing"
	"time"

	"kokko/edge/web/browsertest"
)

var started = time.Now()

func init() {} // want init

func TestBrowserSees(t *testing.T) { browsertest.New(t) }

func TestMain(m *testing.M) { m.Run() }

func TestSees(t *testing.T) { browsertest.New(t) } // want browser
