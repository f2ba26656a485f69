#!/usr/bin/env bash
# Packs what a machine without network needs to draw training pictures: Node, resvg, the tokenizer library.
#
#   models/starter/train/pack.sh DEST          run from the repository's root, after `npm install`
#
# Writes DEST/drawing.00, DEST/drawing.01, … (26 MiB in all); unpack.sh lays them out again.
set -euo pipefail
dest=$(mkdir -p "$1" && cd "$1" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/bundle/node_modules"
cp "$(readlink -f node_modules/node/bin/node)" "$tmp/bundle/node"
strip "$tmp/bundle/node"
tar cf - -C node_modules @resvg @huggingface/tokenizers | tar xf - -C "$tmp/bundle/node_modules"
rm -f "$dest"/drawing.*
tar cf - -C "$tmp/bundle" . | xz -T2 -6 | split -b 15500000 -d - "$dest/drawing."
ls -l "$dest"
