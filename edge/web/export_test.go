package web

import "kokko/journey/spark"

// Forget has the next pages made anew altogether.
func (s *Server) Forget() { s.readings.InvalidateAll() }

// Excerpt is what a list shows of a spark's text.
func Excerpt(s spark.Spark) string { return excerpt(s) }
