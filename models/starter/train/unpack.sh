#!/usr/bin/env bash
# Lays out what pack.sh packed: unpack.sh SOURCE TARGET. Then TARGET/node runs the drawing program.
set -euo pipefail
mkdir -p "$2"
cat "$1"/drawing.* | xz -d -T0 | tar xf - -C "$2"
"$2/node" --version
