#!/usr/bin/env bash
# Trains a model that has had a first stretch further, on a machine with one GPU or more.
#
#   models/starter/train/stretch.sh OUT DIT_SECONDS VAE_SECONDS READER_SECONDS [options of train_dit.py…]
#
# Returns at once; the work goes on without the shell that started it, and `stretch.sh stop OUT` ends it early.
# First, where they are still needed, the autoencoder's decoder and the reader on one GPU, with all cores drawing for them (a
# stage of 0 seconds is left out); then text tower and transformer on every GPU, with all cores drawing for those, judged by
# that reader. The times add up. For 25 minutes: `stretch.sh OUT 1260 0 150`. Each stage has a folder under OUT, with its
# weights of a minute or two ago, and OUT/STAGE.log, a line every 20 seconds (OUT/dit-N.log for the Nth GPU after the
# first). OUT/state says which stages ended, and how.
#
# MODEL        the model folder to go on from (default: the one this script is in)
# READER       folder with reader-training.NN of an earlier stretch, if any
# BUNDLE       folder of unpack.sh's output (node and node_modules); NODE alone where Node is installed anyway
# GPUS         how many processes train the transformer (default: one for each GPU)
# DIT_WORKERS, OTHER_WORKERS    drawing programs for each of those, and for another stage; 60 pictures a second each where all
#              cores are busy. The second stretch had four for its transformer: 61 thousand drawings, each seen 52 times
# VAE_OPTIONS, READER_OPTIONS   more options of train_vae.py and train_reader.py
set -euo pipefail
if [ "$1" = stop ]; then
  # The session's leader takes its children along: see the trap below.
  exec kill -TERM "$(cat "$2/pid")"
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ "${STRETCH_IS_DETACHED:-}" != 1 ]; then
  mkdir -p "$1"
  STRETCH_IS_DETACHED=1 setsid nohup "$0" "$@" >"$1/stretch.log" 2>&1 </dev/null &
  exit
fi
echo $$ >"$1/pid"
out=$(cd "$1" && pwd) dit_seconds=$2 vae_seconds=$3 reader_seconds=$4
shift 4
export PYTHONUNBUFFERED=1 PYTHONPATH=$here OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
export MASTER_ADDR=127.0.0.1 MASTER_PORT=${MASTER_PORT:-29511}
node=${NODE:-${BUNDLE:?}/node}
root=$(cd "$here/../../.." && pwd)
# The drawing program finds its packages beside the repository's sources.
[ -e "$root/node_modules" ] || ln -s "$BUNDLE/node_modules" "$root/node_modules"
cards=$(nvidia-smi -L 2>/dev/null | grep -c . || true)
gpus=${GPUS:-$((cards > 0 ? cards : 1))}
compile=()
[ "$cards" -eq 0 ] || compile=(--compile)
# Two cores stay free for each process that feeds a GPU and compiles for it.
cores=$(nproc)
share=$((cores / gpus - 2))
dit_workers=${DIT_WORKERS:-$((share > 0 ? share : 1))}
other_workers=${OTHER_WORKERS:-$((cores > 4 ? cores - 2 : 1))}
work=$(mktemp -d /tmp/starter.XXXXXX)
# First the group's other processes end, then what they wrote goes.
trap 'trap "" TERM; kill -TERM 0; wait; rm -rf "$work"' EXIT
trap 'exit 143' TERM
rm -f "$out/state"
for stage in dit vae reader; do mkdir -p "$out/$stage"; done
python3 "$here/export.py" unpack "${MODEL:-$here/..}" "$work/weights"
cp "$work/weights"/* "$out/dit/"
for stage in vae reader; do cp "$work/weights"/vae.* "$out/$stage/"; done
[ -z "${READER:-}" ] || cp "$READER"/reader-training.[0-9][0-9] "$out/reader/"

stage() { # NAME PROCESSES SECONDS WORKERS [options…]
  local name=$1 processes=$2 seconds=$3 workers=$4 status=0 rank pids=()
  shift 4
  [ "$seconds" -gt 0 ] || return 0
  for ((rank = 0; rank < processes; rank++)); do
    RANK=$rank WORLD_SIZE=$processes python3 "$here/train_$name.py" --out "$out/$name" --data "$work/$name" \
      --seconds "$seconds" --workers "$workers" --node "$node" "$@" >"$out/$name$([ "$rank" = 0 ] || echo "-$rank").log" 2>&1 &
    pids+=($!)
  done
  # One that fails takes the others along: they would wait for it.
  for _ in "${pids[@]}"; do
    wait -n || { status=$?; kill "${pids[@]}" 2>/dev/null || true; break; }
  done
  wait "${pids[@]}" || true
  rm -rf "${work:?}/$name"
  echo "$name ended with status $status after $SECONDS s" >>"$out/state"
  return $status
}

# A stage that fails does not keep the others from running.
failed=0
# shellcheck disable=SC2086
if stage vae 1 "$vae_seconds" "$other_workers" --decoder-only --first 7000000 --start 4000 --pool 60000 --batch 32 --lr 8e-4 \
  ${VAE_OPTIONS:-}; then
  cp "$out/vae"/vae.[0-9][0-9] "$out/reader/"
else
  failed=1
fi
# shellcheck disable=SC2086
stage reader 1 "$reader_seconds" "$other_workers" --first 9000000 --start 4000 ${READER_OPTIONS:-} || failed=1
# Learning rate, times and decay of a later stretch: README.md says why. The text tower knows its words, and a new probe of
# it would first teach it noise.
stage dit "$gpus" "$dit_seconds" "$dit_workers" --first 5000000 --start 6000 --reader "$out/reader/reader-training" \
  --parts 2 --every 120 --lr 1.2e-3 --warmup 150 --ema 0.998 --decay $((dit_seconds * 2 / 3)) \
  --shift 2 --low-share 0.1 --even-share 0.3 --eyes 3 --probe-weight 0 "${compile[@]}" "$@" || failed=1
exit $failed
