# Kokko's building machinery. `make` lists what there is; `make run` and
# `make test` get what they need by themselves (see tools/setup.sh).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

DATA ?= .kokko
# Packages tested side by side; several of them keep a browser or a server.
P ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 4 || echo $$n)
SIZES ?= 1000,10000
# What the race detector need not watch from within: others' code that computes by
# itself and starts nothing side by side. SQLite is C in Go, ten times slower watched.
# What we do with it, and the driver between, are watched.
UNWATCHED := modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory/... image/... golang.org/x/image/... compress/... \
	regexp/... golang.org/x/net/html/... github.com/goccy/go-yaml/...
RACE := -race $(foreach p,$(UNWATCHED),-gcflags=$(p)=-race=false)
# The pages are thousands of small calls, and compiling each into the next costs three times
# the time and memory for a program that is larger and no faster.
export GOFLAGS := $(GOFLAGS) -gcflags=kokko/edge/web=-l
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

TOOL := go tool -modfile=tools/go.mod
TEMPL := $(shell find cmd edge -name node_modules -prune -o -name '*.templ' -print 2>/dev/null)
TEMPL_GO := $(TEMPL:.templ=_templ.go)

LOOK := edge/web/assets
LOOK_IN := $(shell find $(LOOK)/src $(LOOK)/*.json $(LOOK)/*.mjs 2>/dev/null)
LOOK_OUT := $(LOOK)/dist/manifest.json
NODE_MODULES := $(LOOK)/node_modules/.package-lock.json

.PHONY: help setup setup-run assets generate build release run test check lint house e2e journeys bench soak soak-followers soak-import bench-pages bench-fire bench-knowwho bench-cascade bench-spread pictures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-run build ## start the Kouvola programme at http://localhost:8080 (DATA=folder)
	@exec ./kokko serve --data "$(DATA)"

test: ## get what is needed, check everything and run every test
	@$(MAKE) setup
	@$(MAKE) assets
	@$(MAKE) lint
	@echo "test: every package, with the race detector, on SQLite and PostgreSQL"
	@CGO_ENABLED=1 KOKKO_REQUIRE_PG=1 KOKKO_REQUIRE_BROWSER=1 \
		tools/withpg.sh go test $(RACE) -vet=off -shuffle=on -timeout 30m -p $(P) -skip '^TestBrowser' ./...
	@echo "test: the journeys in a browser, which has enough to do without the race detector"
	@$(MAKE) journeys

setup: ## install what the tests need (Debian as root), or say what to install
	@tools/setup.sh test

setup-run:
	@tools/setup.sh run

build: assets $(TEMPL_GO) ## build ./kokko
	@echo "build: kokko $(VERSION)"
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o kokko ./cmd/kokko

# The dictionary is GPL-2.0-or-later; with it inside, its source goes along with the
# program or is offered (docs/finnish.md). Nothing larger than this many MB leaves; in what
# stands in no inner loop nothing is inlined.
RELEASE_MB := 60
COLD := kokko/cmd/... kokko/edge/... kokko/journey/... github.com/alecthomas/kong github.com/prometheus/... google.golang.org/protobuf/... github.com/goccy/go-yaml/...

release: assets $(TEMPL_GO) ## build dist/kokko with the Finnish dictionary inside
	@file="$${KOKKO_VOIKKO:-/usr/lib/voikko/5/mor-standard/mor.vfst}"; \
		[ -f "$$file" ] || { echo "release: no Finnish dictionary at $$file: apt install voikko-fi, or name its mor.vfst in KOKKO_VOIKKO" >&2; exit 1; }; \
		mkdir -p dist cmd/kokko/dictionary; cp "$$file" cmd/kokko/dictionary/mor.vfst
	@echo "release: kokko $(VERSION)"
	@CGO_ENABLED=0 go build -tags dictionary -trimpath $(foreach p,$(COLD),-gcflags=$(p)=-l) -ldflags '-s -w -X main.version=$(VERSION)' -o dist/kokko ./cmd/kokko
	@size=$$(wc -c <dist/kokko); echo "release: dist/kokko, $$((size / 1048576)) MB"; [ $$size -le $$(($(RELEASE_MB) * 1048576)) ]
	@cp LICENSE dist/; dist/kokko licences >dist/LICENCES.txt
	@dpkg-query -W -f 'The dictionary is of $${Package} $${Version}; its source: apt-get source $${source:Package}=$${source:Version}\n' voikko-fi >>dist/LICENCES.txt 2>/dev/null || true

assets: $(LOOK_OUT) ## build the pages' style, script and font when they changed

$(LOOK_OUT): $(LOOK_IN) $(NODE_MODULES)
	@echo "assets: building"
	@cd $(LOOK) && node build.mjs
	@touch $@

# npm writes this file last, so that it stands for the whole folder.
$(NODE_MODULES): $(LOOK)/package.json $(LOOK)/package-lock.json
	@echo "assets: npm ci"
	@cd $(LOOK) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
	@touch $@

generate: ## write again everything that is made from something else
	@$(TOOL) templ generate -log-level warn
	@KOKKO_WRITE=1 go test -count=1 -run '^TestDependencyList$$' .

# From the repository's root always, because templ writes the path into its code.
%_templ.go: %.templ
	@$(TOOL) templ generate -log-level warn -f $<
	@touch $@

check: lint house ## formatting, vet, staticcheck, generated files, the house's rules

lint:
	@echo "lint: gofmt"
	@found=$$(find . \( -name node_modules -o -name '.?*' -o -name testdata \) -prune -o -name '*.go' -print | xargs gofmt -l); \
		[ -z "$$found" ] || { echo "not formatted (gofmt -w):" >&2; echo "$$found" >&2; exit 1; }
	@templ=$$($(TOOL) -n templ); copy=$$(mktemp -d); trap 'rm -rf "$$copy"' EXIT; \
		tar cf - $(TEMPL) | tar xf - -C "$$copy"; (cd "$$copy" && "$$templ" generate -log-level error); \
		for page in $(TEMPL); do cmp -s "$$copy/$${page%.templ}_templ.go" "$${page%.templ}_templ.go" || \
			{ echo "$${page%.templ}_templ.go is not what $$page makes: run make generate" >&2; exit 1; }; done
	@echo "lint: go vet"
	@go vet ./...
	@echo "lint: staticcheck"
	@$(TOOL) staticcheck ./...

house:
	@go test -count=1 .

# The packages whose tests drive a browser are those that import its test kit.
e2e: setup assets journeys ## the browser tests alone

journeys:
	@KOKKO_REQUIRE_PG=1 KOKKO_REQUIRE_BROWSER=1 tools/withpg.sh go test -vet=off -count=1 -p 1 -shuffle=on -timeout 30m -run '^TestBrowser' \
		$$(go list -f '{{$$p := .ImportPath}}{{range .XTestImports}}{{if eq . "kokko/edge/web/browsertest"}}{{$$p}}{{end}}{{end}}' ./...)

bench: ## every Go benchmark
	@go test -run '^$$' -bench . -benchmem ./...

soak-followers: ## tell 50,000 followers of one spark on both engines, and print rate and memory (FOLLOWERS=n)
	@KOKKO_SOAK_FOLLOWERS="$${FOLLOWERS:-50000}" go test -count=1 -timeout 30m -v -run '^TestSoakFollowers$$' ./edge/notify

soak-import: ## take in a hostile file of a gigabyte, killed in the middle, and print time and memory (MEGABYTES=n)
	@KOKKO_SOAK_IMPORT="$${MEGABYTES:-1024}" go test -count=1 -timeout 3h -v -run '^TestALargeFileComesInWhole$$' ./cmd/kokko

bench-pages: assets ## measure the pages on stores of many sizes, on both engines (SIZES=1000,10000)
	@tools/withpg.sh go run ./bench/pages -sizes "$(SIZES)"

# People and organisations of the region, and pages a second that others read meanwhile.
ACTORS ?= 100000
RATE ?= 20

bench-fire: assets ## measure what a bringer waits for in a large region while others read (ACTORS=100000 RATE=20)
	@go run ./bench/pages fire -actors $(ACTORS) -rate $(RATE)

# Where the public sets of who knows what are; NATION=1 for the network of 5.6 million, too.
KNOWWHO ?= ../shared/data/knowwho

bench-knowwho: ## measure who is found and introduced, and how people are shared out (KNOWWHO=folder NATION=1)
	@go build -o .cache/knowwho ./bench/knowwho
	@.cache/knowwho table -data $(KNOWWHO)
	@.cache/knowwho speed -data $(KNOWWHO)
	@for set in imdb bibsonomy; do .cache/knowwho team -tasks $(KNOWWHO)/balanced_coverage/$${set}_tasks_2020.txt.gz -experts $(KNOWWHO)/balanced_coverage/$${set}_experts_2020.txt.gz; done
	@.cache/knowwho market $(KNOWWHO)/markets/*.json
	@.cache/knowwho latency
	@[ -z "$${NATION:-}" ] || .cache/knowwho latency -people 5600000 -ties 50000000

# Where the public sets of how ideas went are.
CASCADES ?= ../shared/data/spread/cascades

bench-cascade: ## measure how well it is forecast how far ideas come (CASCADES=folder)
	@go build -o .cache/cascade ./bench/cascade
	@for set in $(CASCADES)/*.tsv.gz; do echo "## $$(basename $$set .tsv.gz)"; .cache/cascade -train $$set; done

# Which invented networks, and on which plain OPIM-C runs beside: on fin5m it takes minutes.
SPREAD ?= c1m,s1m,fin5m
PLAIN ?= $(SPREAD)

bench-spread: ## measure choosing whom to begin with, beside plain OPIM-C (SPREAD=c1m,fin5m PLAIN=c1m)
	@go build -o .cache/spread ./bench/spread
	@.cache/spread table -set $(SPREAD) -plain $(PLAIN)
	@.cache/spread asked
	@case ",$(SPREAD)," in *,fin5m,*) .cache/spread changes -set fin5m;; *) .cache/spread changes -set c1m;; esac

ROUNDS ?= 100
SEED ?= 1

soak: setup assets ## kill the program and the database while 32 people write (ROUNDS=100 SEED=1)
	@KOKKO_REQUIRE_PG=1 KOKKO_SOAK="$(ROUNDS)" KOKKO_SOAK_SEED="$(SEED)" \
		go test -count=1 -p 1 -parallel 1 -timeout 3h -v -run '^TestCrashLosesNothing' ./cmd/kokko

pictures: setup build ## make the README's pictures from a running Kokko
	@tools/pictures.sh

clean: ## remove what was built (never DATA)
	@rm -rf kokko dist cmd/kokko/dictionary .cache $(LOOK)/node_modules
	@find $(LOOK)/dist -type f ! -name placeholder.txt -delete
