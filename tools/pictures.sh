#!/usr/bin/env bash
# Makes the README's pictures from a Kokko of its own on an empty folder.
# Needs ./kokko (make build), Node and Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."

browser=${KOKKO_CHROMIUM:-}
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  [ -n "$browser" ] || browser=$(command -v "$name" || true)
done
[ -n "$browser" ] || { echo "pictures: no Chromium was found" >&2; exit 1; }

folder=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  rm -rf "$folder"
}
trap finish EXIT

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
./kokko serve --data "$folder/data" --listen "127.0.0.1:$port" >"$folder/log" 2>&1 </dev/null &
server=$!

address=http://127.0.0.1:$port
answered=
for _ in $(seq 300); do
  kill -0 "$server" 2>/dev/null || break
  if node -e 'fetch(process.argv[1]).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$address/"; then
    answered=yes
    break
  fi
  sleep 0.1
done
[ -n "$answered" ] || { echo "pictures: kokko did not answer at $address:" >&2; tail -n 20 "$folder/log" >&2; exit 1; }

# picture FILE WIDTH HEIGHT PATH
picture() {
  "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --force-color-profile=srgb \
    --user-data-dir="$folder/browser" --window-size="$2,$3" --screenshot="$folder/picture.png" \
    "$address$4" >"$folder/browser.log" 2>&1 </dev/null || true
  [ -s "$folder/picture.png" ] || { tail -n 20 "$folder/browser.log" >&2; exit 1; }
  mv "$folder/picture.png" "docs/pictures/$1"
  echo "pictures: docs/pictures/$1"
}

# Sparks of the needs the brochure itself names, so that the pictures show a call
# that people use.
drop() {
  node -e 'const [url, text, kind, place] = process.argv.slice(1);
    fetch(url + "/kipina", { method: "POST", redirect: "manual", headers: { "Sec-Fetch-Site": "same-origin" },
      body: new URLSearchParams({ text, kind, place, visibility: "public" }) })
    .then(r => process.exit(r.status === 303 ? 0 : 1), () => process.exit(1))' "$address" "$@"
}
drop "Uusia ratkaisuja lähiruoan jakeluun. Kuusi tuottajaa ajaa samaa tietä samana päivänä, jokainen puolityhjällä autolla." need Kausala
drop "Green care -toimintaa kyliin. Etsin tiloja ja ihmisiä, jotka haluaisivat kokeilla." need Savero
drop "Kasarminmäelle avoin iltapaja. Opiskelijat ja yrittäjät saman pöydän ääreen." vitality Kasarminmäki

mkdir -p docs/pictures
picture front.png 1280 1000 /
