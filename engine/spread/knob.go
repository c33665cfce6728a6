package spread

import (
	"os"
	"strconv"
)

func knob(name string, usual float64) float64 {
	if x, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
		return x
	}
	return usual
}
