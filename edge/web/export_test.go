package web

// Forget has the next pages made anew altogether.
func (s *Server) Forget() { s.readings.InvalidateAll() }
