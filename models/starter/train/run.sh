#!/usr/bin/env bash
# One stage of training on a machine with a GPU, start to end, within a given time.
#
#   models/starter/train/run.sh STAGE SECONDS [options of train_vae.py or train_dit.py…]
#
# STAGE      vae, reader (wants the autoencoder in WEIGHTS; one GPU) or dit (wants it too, and a reader to be judged by)
# GPUS, WORKERS   processes and drawing programs for each, where not all GPUs and cores are this run's
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
# One process a GPU, with its share of the cores: one feeds the GPU, one is for everything else.
[ "$stage" = reader ] && GPUS=1
gpus=${GPUS:-$(nvidia-smi -L 2>/dev/null | grep -c . || true)}
[ "$gpus" -ge 1 ] || gpus=1
cores=$(($(nproc) / gpus))
workers=${WORKERS:-$((cores > 3 ? cores - 2 : 1))}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
export MASTER_ADDR=127.0.0.1 MASTER_PORT=${MASTER_PORT:-29511} WORLD_SIZE=$gpus
pids=()
for ((rank = 0; rank < gpus; rank++)); do
  RANK=$rank python3 "$here/train_$stage.py" --out "$OUT" --data "$work" --workers "$workers" --node "$node" --seconds "$seconds" "$@" &
  pids+=($!)
done
# One that fails takes the others along: they would wait for it.
for _ in "${pids[@]}"; do wait -n || { kill "${pids[@]}" 2>/dev/null; exit 1; }; done
[ "$stage" = vae ] || rm -f "$OUT"/vae.*
ls -l "$OUT"
