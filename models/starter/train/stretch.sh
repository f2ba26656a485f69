#!/usr/bin/env bash
# Trains every part of a model that has had a first stretch, beside each other, on a machine with one GPU or two.
#
#   models/starter/train/stretch.sh OUT DIT_SECONDS VAE_SECONDS READER_SECONDS [options of train_dit.py…]
#
# Returns at once; the work goes on without the shell that started it, and `stretch.sh stop OUT` ends it early.
# On DIT_GPU text tower and transformer, from the first second to the last; on OTHER_GPU the autoencoder's decoder, then the
# reader on that decoder's pictures (a stage of 0 seconds is left out). Each stage has a folder under OUT, with its weights
# of a minute or two ago, and OUT/STAGE.log, a line every 20 seconds. OUT/state says which stages ended, and how.
#
# MODEL        the model folder to go on from (default: the one this script is in)
# READER       folder with reader-training.NN of an earlier stretch, if any
# BUNDLE       folder of unpack.sh's output (node and node_modules); NODE alone where Node is installed anyway
# DIT_GPU, OTHER_GPU            0 and the last one
# DIT_WORKERS, OTHER_WORKERS    drawing programs for either; 60 pictures a second each where all cores are busy
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
node=${NODE:-${BUNDLE:?}/node}
root=$(cd "$here/../../.." && pwd)
# The drawing program finds its packages beside the repository's sources.
[ -e "$root/node_modules" ] || ln -s "$BUNDLE/node_modules" "$root/node_modules"
gpus=$(nvidia-smi -L 2>/dev/null | grep -c . || true)
dit_gpu=${DIT_GPU:-0} other_gpu=${OTHER_GPU:-$((gpus > 1 ? gpus - 1 : 0))}
compile=()
[ "$gpus" -eq 0 ] || compile=(--compile)
# What the transformer takes in, 200 pictures a second, is drawn by four; the other stages are short and want theirs at
# once. Two cores stay free for each process that feeds a GPU and compiles for it.
cores=$(nproc)
dit_workers=${DIT_WORKERS:-$((cores > 11 ? cores / 4 : 1))}
other_workers=${OTHER_WORKERS:-$((cores > 11 ? cores / 2 - 2 : 1))}
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

stage() { # NAME GPU SECONDS WORKERS [options…]
  local name=$1 gpu=$2 seconds=$3 workers=$4 status=0
  shift 4
  [ "$seconds" -gt 0 ] || return 0
  CUDA_VISIBLE_DEVICES=$gpu python3 "$here/train_$name.py" --out "$out/$name" --data "$work/$name" --seconds "$seconds" \
    --workers "$workers" --node "$node" "$@" >"$out/$name.log" 2>&1 || status=$?
  rm -rf "${work:?}/$name"
  echo "$name ended with status $status after $SECONDS s" >>"$out/state"
  return $status
}

# Learning rate, times and decay of a later stretch: README.md says why. The text tower knows its words, and a new probe of
# it would first teach it noise.
stage dit "$dit_gpu" "$dit_seconds" "$dit_workers" --first 5000000 --start 6000 --reader "$out/reader/reader-training" \
  --parts 2 --every 120 --lr 1.2e-3 --warmup 150 --ema 0.998 --decay $((dit_seconds * 2 / 3)) \
  --shift 2 --low-share 0.1 --even-share 0.3 --eyes 3 --probe-weight 0 "${compile[@]}" "$@" &
dit=$!
{
  # shellcheck disable=SC2086
  if stage vae "$other_gpu" "$vae_seconds" "$other_workers" --decoder-only --first 7000000 --start 4000 --pool 60000 \
    --batch 32 --lr 8e-4 ${VAE_OPTIONS:-}; then
    cp "$out/vae"/vae.[0-9][0-9] "$out/reader/"
  fi
  # shellcheck disable=SC2086
  stage reader "$other_gpu" "$reader_seconds" "$other_workers" --first 9000000 --start 4000 ${READER_OPTIONS:-}
} &
other=$!
failed=0
wait "$other" || failed=1
wait "$dit" || failed=1
exit $failed
