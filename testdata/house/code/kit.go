// as kokko/ground/store/storetest

package storetest

import "time"

var started time.Time

func mark() { started = time.Now() }
