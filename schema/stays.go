package schema

// Stays is the tables whose rows do not travel in an archive, each with its
// reason. Everything else does, waiting jobs among it.
func Stays() map[string]string {
	return map[string]string{
		"servers":      "processes of the old installation",
		"job_leader":   "a lease held by a process of the old installation",
		"sessions":     "a copy of the archive must not be a way in: everybody signs in again",
		"signin_links": "a copy of the archive must not be a way in: links are asked for anew",
	}
}
