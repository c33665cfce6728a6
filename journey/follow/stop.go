package follow

import (
	"strings"

	"kokko/ground/ident"
	"kokko/region/trust"
)

// StopToken is what the address that stops letters carries: whose they are, what is
// stopped (a target, or a pace), and a proof that we made it. It needs no row in the
// store and works as long as the region has its secret.
func StopToken(keys trust.Keys, id ident.ID, scope string) string {
	return id.String() + "." + scope + "." + keys.Secret("stop", id.String()+"/"+scope)
}

// ReadStop takes such a token apart; ok is false for one we never made.
func ReadStop(keys trust.Keys, token string) (id ident.ID, scope string, ok bool) {
	first, rest, _ := strings.Cut(token, ".")
	scope, proof, found := strings.Cut(rest, ".")
	if id, ok = ident.Parse(first); !ok || !found || scope == "" || len(token) > 200 {
		return 0, "", false
	}
	return id, scope, keys.Proves("stop", id.String()+"/"+scope, proof)
}
