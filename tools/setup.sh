#!/usr/bin/env bash
# Gets what the house needs. `setup.sh run` looks for Go and Node, `setup.sh test`
# also for a C compiler (the race detector), PostgreSQL, Chromium and the Finnish
# dictionary. On Debian as root the missing ones are installed; elsewhere the
# script changes nothing and says exactly what to install. Never asks anything.
set -euo pipefail
cd "$(dirname "$0")/.."

want=${1:?usage: tools/setup.sh run|test}
root=$PWD
missing=()  # what a person reads
packages=() # what apt installs
optional=() # apt packages the house starts without

have() { command -v "$1" >/dev/null 2>&1; }
need() { missing+=("$1"); [ -z "${2:-}" ] || packages+=($2); }

# at_least A B: version A is B or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

check_go() {
  local wanted found
  wanted=$(awk '$1 == "go" { print $2; exit }' "$root/go.mod")
  if ! have go; then
    need "Go $wanted or newer (https://go.dev/dl/; Debian's own package is often older)"
    return
  fi
  # An older go fetches the named one by itself unless it is told not to.
  if ! found=$(go env GOVERSION 2>/dev/null); then found=go0; fi
  found=${found#go}
  at_least "${found%% *}" "$wanted" || need "Go $wanted or newer (found $found; https://go.dev/dl/)"
}

check_node() {
  local wanted found
  wanted=$(sed -n 's/.*"node": *">=\([0-9.]*\)".*/\1/p' "$root/edge/web/assets/package.json" 2>/dev/null | head -n1)
  wanted=${wanted:-20}
  if ! have node; then
    need "Node.js $wanted or newer, with npm" "nodejs npm"
    return
  fi
  found=$(node --version)
  at_least "${found#v}" "$wanted" || need "Node.js $wanted or newer (found $found)"
  have npm || need "npm (it comes with Node.js)" npm
}

check_compiler() {
  have "${CC:-gcc}" || need "a C compiler (gcc): the race detector needs it" "gcc libc6-dev"
}

check_postgres() {
  [ -n "${KOKKO_TEST_PG:-}" ] && return
  sh "$root/ground/store/storetest/postgres.sh" --find >/dev/null 2>&1 ||
    need "PostgreSQL 13 or newer, its server programs (initdb, postgres)" postgresql
}

check_browser() {
  [ -n "${KOKKO_CHROMIUM:-}" ] && return
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do have "$name" && return; done
  [ -d "/Applications/Google Chrome.app" ] && return
  need "Chromium (or name a browser in KOKKO_CHROMIUM)" chromium
}

check_dictionary() {
  local folder
  [ -f "${KOKKO_VOIKKO:-}" ] && return
  for folder in "${KOKKO_VOIKKO:-}" /usr/share/voikko /usr/lib/voikko /etc/voikko "$HOME/.voikko"; do
    [ -n "$folder" ] && [ -d "$folder" ] && return
  done
  optional+=(voikko-fi)
}

look() {
  missing=() packages=() optional=()
  check_go
  check_node
  check_dictionary
  [ "$want" = run ] && return
  check_compiler
  check_postgres
  check_browser
}

debian_root() { have apt-get && [ "$(id -u)" = 0 ]; }

# install PACKAGE...: quiet when it goes well, apt's own words when it does not.
install() {
  local log
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null >"$log" 2>&1 || true # old lists may still do
  if apt-get install -y -qq --no-install-recommends "$@" </dev/null >>"$log" 2>&1; then
    rm -f "$log"
    return
  fi
  cp "$log" "$root/.cache/apt.log" 2>/dev/null || true
  tail -n 15 "$log" >&2
  rm -f "$log"
  return 1
}

complain() {
  {
    echo
    echo "Kokko needs these, and they were not found:"
    printf '  - %s\n' "${missing[@]}"
    echo
    if [ ${#packages[@]} -gt 0 ]; then
      if have apt-get; then
        echo "On this machine: sudo apt-get install ${packages[*]}"
      elif have brew; then
        echo "With Homebrew: brew install go node postgresql@17 && brew install --cask chromium"
      elif have dnf; then
        echo "With dnf: sudo dnf install golang nodejs npm gcc postgresql-server chromium"
      fi
    fi
    echo "Then run the same command again."
  } >&2
  exit 1
}

mkdir -p .cache
look
if debian_root; then
  if [ ${#packages[@]} -gt 0 ]; then
    echo "setup: installing ${packages[*]}"
    install "${packages[@]}" || complain
    look
  fi
  # Without the dictionary search falls back to rules, so a failure only tells.
  if [ ${#optional[@]} -gt 0 ]; then
    echo "setup: installing ${optional[*]}"
    install "${optional[@]}" || echo "setup: went on without ${optional[*]}" >&2
  fi
elif [ ${#optional[@]} -gt 0 ]; then
  echo "setup: the Finnish dictionary was not found (Debian: ${optional[*]}); going on without it"
fi
[ ${#missing[@]} -eq 0 ] || complain
