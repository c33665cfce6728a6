package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bare serves /N with N bytes and does nothing else: what net/http itself costs on
// this machine just now. It ends by itself.
func bare(addr string) error {
	body := make([]byte, 1<<20)
	server := &http.Server{Addr: addr, ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(body[:n])
	})}
	return server.ListenAndServe()
}
