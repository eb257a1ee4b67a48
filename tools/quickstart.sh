#!/usr/bin/env bash
#===- quickstart.sh - From a fresh clone to digits read --------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Sets up and builds the compiler, compiles the trained BN-LeNet of models/ to a
# stand-alone executable, and lets it read 360 handwritten digits. What it makes
# lies in build/quickstart.
#
# Usage: tools/quickstart.sh [--help]
# Exit status: 0 when the digits were read, 1 otherwise, 2 wrong usage.
#
#===------------------------------------------------------------------------===#
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly repo
# Relative to the repository, in which all commands run: what is shown can be
# typed there.
readonly out=build/quickstart
readonly digits=models/digits

case ${1-} in
'') ;;
-h | --help)
  sed -n '/^# Sets up/,/^# Exit status/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
  ;;
*)
  echo "quickstart: error: unknown argument '$1' (see --help)" >&2
  exit 2
  ;;
esac

cd "$repo"

number=0
# step TITLE COMMAND...: shows the command, runs it and says how long it took.
step() {
  local title=$1
  shift
  number=$((number + 1))
  printf '\n== %d. %s\n' "$number" "$title"
  printf '$ %s\n' "$*"
  local start=${EPOCHREALTIME/[.,]/} status=0
  "$@" || status=$?
  local milliseconds=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
  if ((status != 0)); then
    echo "quickstart: error: step $number failed: $*" >&2
    exit 1
  fi
  printf -- '-- %d.%03d s\n' $((milliseconds / 1000)) $((milliseconds % 1000))
}

step 'Install what the build needs' tools/setup.sh
step 'Configure' cmake --preset default
step 'Build the compiler' cmake --build --preset default

mkdir -p "$out"
step 'Compile a trained BN-LeNet to an executable' \
  build/bin/bn-opt models/bn-lenet.onnx -o $out/bn-lenet --report=$out/report.txt
printf '%s has %d bytes, the model %d.\n' $out/bn-lenet \
  "$(stat -c %s $out/bn-lenet)" "$(stat -c %s models/bn-lenet.onnx)"

step 'What became of its batch norms' cat $out/report.txt

step 'The layers of the model, and its parameters' \
  build/bin/bn-run inspect models/bn-lenet.onnx

step 'Is the optimized code right? Compared with plain loops, on random input' \
  build/bin/bn-run verify models/bn-lenet.onnx

step 'How fast is it? One picture at a time, on one thread' \
  build/bin/bn-run bench models/bn-lenet.onnx

step 'Read 360 handwritten digits that it was not trained on' \
  $out/bn-lenet $digits/t10k-images-idx3-ubyte.gz \
  --labels $digits/t10k-labels-idx1-ubyte.gz --mistakes $out/mistakes.png
printf 'The digits that it misread: %s\n' "$repo/$out/mistakes.png"

step 'Train it anew: the training step, compiled to an executable' \
  build/bin/bn-opt models/bn-lenet.onnx --train -o $out/trainer
step 'Ten passes over 1437 digits, from random weights' \
  $out/trainer --data $digits --init random --batch 32 --epochs 10 \
  --save $out/trained.onnx --plot $out/curves.svg
printf 'The trained model: %s; its curves: %s\n' \
  "$repo/$out/trained.onnx" "$repo/$out/curves.svg"

cat <<EOF

Done in $SECONDS s. To go on, in $repo:
  README.md                      a tour of five minutes
  $out/bn-lenet --help   what the executable takes: pictures, .npy, ...
  build/bin/bn-opt --help        all that the compiler can do
  build/bin/bn-run --help        running, comparing, timing and looking
  tools/check.sh                 all tests
EOF
