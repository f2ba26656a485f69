#!/usr/bin/env bash
# One stage of training on a machine with a GPU, start to end, within a given time.
#
#   models/starter/train/run.sh STAGE SECONDS [options of train_vae.py or train_dit.py…]
#
# STAGE      vae or dit; dit wants the autoencoder in WEIGHTS
# BUNDLE     folder of unpack.sh's output (node and node_modules); NODE alone where Node is installed anyway
# WEIGHTS    folder with vae.NN and generator.NN of an earlier stretch, if any
# OUT        where results go, in at most 8 files of at most 16 MiB; what a run that is cut off has written is of use
set -euo pipefail
stage=$1 seconds=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PYTHONUNBUFFERED=1 PYTHONPATH=$here
node=${NODE:-${BUNDLE:?}/node}
# The drawing program finds its packages beside the repository's sources.
[ -e "$root/node_modules" ] || ln -s "$BUNDLE/node_modules" "$root/node_modules"
work=$(mktemp -d /tmp/starter.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir -p "$OUT"
if [ -n "${WEIGHTS:-}" ]; then
  for name in vae generator reader-training; do cp "$WEIGHTS"/$name.[0-9][0-9] "$OUT/" 2>/dev/null || true; done
fi
# One core feeds the GPU, one is for everything else.
workers=$(($(nproc) > 3 ? $(nproc) - 2 : 1))
python3 "$here/train_$stage.py" --out "$OUT" --data "$work" --workers "$workers" --node "$node" --seconds "$seconds" "$@"
[ "$stage" = vae ] || rm -f "$OUT"/vae.*
ls -l "$OUT"
