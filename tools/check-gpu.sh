#!/usr/bin/env bash
#===- check-gpu.sh - The CUDA tests on a GPU -------------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Compiles CUDA texts with nvcc, runs them on the GPU of this computer, and
# compares their results with those on the CPU bit for bit: the examples of the
# tests, and what bn-opt makes of models. Runs them under each tool of
# compute-sanitizer, if it is installed. Then measures bn-opt's code beside
# PyTorch, ONNX Runtime and TensorRT, as far as they are installed. The end names
# what failed and what could not be run.
#
# Usage: tools/check-gpu.sh [--no-build] [--parts=LIST] [--table=FILE]
#                           [--dry-run] [--help]
#   --no-build     take what tools/setup.sh --cuda and a build have made
#   --parts=LIST   of examples, models and performance (all), with commas
#   --table=FILE   where the measured times go (gpu-performance.md)
#   --dry-run      no GPU: the same commands with tiny sizes, on the CPU; the
#                  times mean nothing
# Exit status: 0 when all that could be run passed, 1 otherwise, 2 wrong usage.
# A computer without a GPU can run nothing: that is one message, and status 1.
#
#===------------------------------------------------------------------------===#
set -euo pipefail

repo=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
readonly repo
readonly examples=$repo/test/Runtime/CudaOnCpu

fail() {
  echo "check-gpu: error: $2" >&2
  exit "$1"
}

build=yes parts=examples,models,performance table=gpu-performance.md dryRun=
while (($# > 0)); do
  case $1 in
  --no-build) build= ;;
  --parts=?*) parts=${1#*=} ;;
  --table=?*) table=$(realpath -m "${1#*=}") ;;
  --dry-run) dryRun=yes ;;
  -h | --help)
    sed -n '/^# Compiles/,/^# Exit status/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) fail 2 "unknown argument '$1' (see --help)" ;;
  esac
  shift
done

for part in ${parts//,/ }; do
  case $part in
  examples | models | performance) ;;
  *) fail 2 "unknown part '$part'; expected examples, models or performance" ;;
  esac
done

# The device comes first: without one nothing is worth building.
if [[ -n $dryRun ]]; then
  device='the CPU in the place of a GPU, 9.0'
else
  command -v nvidia-smi >/dev/null ||
    fail 1 'no NVIDIA GPU: nvidia-smi, which its driver brings, was not found'
  devices=$(nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader 2>&1) ||
    fail 1 "no NVIDIA GPU: nvidia-smi says: ${devices%%$'\n'*}"
  device=${devices%%$'\n'*}
fi
[[ $device =~ ^(.+),\ *([0-9]+)\.([0-9]+)$ ]] ||
  fail 1 "no NVIDIA GPU: nvidia-smi says: $device"
readonly name=${BASH_REMATCH[1]} architecture=sm_${BASH_REMATCH[2]}${BASH_REMATCH[3]}

work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT
if [[ -n $dryRun ]]; then
  mkdir "$work/bin"
  ln -s "$examples/nvcc.sh" "$work/bin/nvcc"
  export PATH=$work/bin:$PATH
fi

cd "$repo"
if [[ -n $build ]]; then
  setup=(tools/setup.sh --cuda)
  [[ -z $dryRun ]] || setup=(tools/setup.sh)
  "${setup[@]}"
  cmake --preset default
  cmake --build --preset default --target BNCudaOnCpu bn-opt bn-run
fi

# findTool NAME: on PATH, as tools/setup.sh --cuda installs it, or in its usual
# place.
findTool() {
  command -v "$1" && return
  local candidate
  for candidate in build/deps/cuda/bin/"$1" /usr/local/cuda/bin/"$1"; do
    [[ -x $candidate ]] && echo "$candidate" && return
  done
  return 1
}
nvcc=$(findTool nvcc) || fail 1 'no nvcc: run tools/setup.sh --cuda'
readonly library=build/lib/libbn-cuda-on-cpu.a
readonly python=build/deps/venv/bin/python
for needed in "$library" build/bin/bn-opt build/bin/bn-run "$python"; do
  [[ -e $needed ]] || fail 1 "$needed is missing: run without --no-build"
done
passed=0 failed=() notRun=()

# check TITLE COMMAND...: runs it, and shows what it prints when it fails.
check() {
  local title=$1
  shift
  # What is a function here ends by itself.
  local limit=(timeout 300)
  [[ $(type -t "$1") != function ]] || limit=()
  if "${limit[@]}" "$@" >"$work/log" 2>&1; then
    echo "passed: $title"
    passed=$((passed + 1))
    return
  fi
  echo "FAILED: $title"
  sed 's/^/    /' "$work/log"
  failed+=("$title")
  return 1
}

# has PART: whether it is asked for.
has() { [[ ,$parts, == *,$1,* ]]; }

# compileForDevice SOURCE PROGRAM [FLAG...]
compileForDevice() {
  "$nvcc" -std=c++17 -fmad=false -Werror all-warnings \
    -Xptxas -warn-spills,-warn-lmem-usage -arch="$architecture" "${@:3}" "$1" \
    -o "$2"
}

# compileForCpu SOURCE PROGRAM [FLAG...]
compileForCpu() {
  "$examples/compile.sh" plain "${CXX:-g++}" include/bn/Runtime/CudaOnCpu \
    "$library" "$@"
}

# checkUnderSanitizer TITLE COMMAND...
checkUnderSanitizer() {
  local tool
  for tool in memcheck racecheck synccheck initcheck; do
    if [[ -z $sanitizer ]]; then
      notRun+=("$1 under $tool: compute-sanitizer was not found")
    else
      check "$1 under $tool" "$sanitizer" --tool "$tool" --error-exitcode 1 \
        "${@:2}" || true
    fi
  done
}

# An example takes the fault to inject, a number and a file for its results.
checkExample() {
  local example=$1 source=$examples/Inputs/$1.cu
  if ! check "$example: compiles for $architecture" \
    compileForDevice "$source" "$work/$example"; then
    notRun+=("$example: it was not compiled")
    return
  fi
  check "$example: right on the device" \
    "$work/$example" none 0 "$work/$example.device" || return 0
  if check "$example: compiles for the CPU" \
    compileForCpu "$source" "$work/$example-cpu" &&
    check "$example: right on the CPU" \
      "$work/$example-cpu" none 0 "$work/$example.cpu"; then
    check "$example: the same bits on both" \
      cmp "$work/$example.device" "$work/$example.cpu" || true
  fi
  checkUnderSanitizer "$example" "$work/$example" none
}

# writeRows ARRAY FILE: the values of the first three rows, as they are in
# memory.
writeRows() {
  "$python" -c 'import sys, numpy
numpy.load(sys.argv[1])[:3].tofile(sys.argv[2])' "$1" "$2"
}

runToFile() { "${@:2}" >"$1"; }

# checkText NAME ROWS: NAME.cu with input NAME.npy, both in the work directory.
checkText() {
  local text=$1 rows=$2 program=$work/$1 main=-DBN_MODEL_MAIN
  writeRows "$program.npy" "$program.raw"
  if ! check "$text: compiles for $architecture" \
    compileForDevice "$program.cu" "$program-device" "$main"; then
    notRun+=("$text: it was not compiled")
    return
  fi
  check "$text: runs on the device" runToFile "$program.device" \
    "$program-device" "$rows" "$program.raw" || return 0
  if check "$text: compiles for the CPU" \
    compileForCpu "$program.cu" "$program-cpu" "$main" &&
    check "$text: runs on the CPU" runToFile "$program.cpu" \
      "$program-cpu" "$rows" "$program.raw"; then
    check "$text: the same bits on both" \
      cmp "$program.device" "$program.cpu" || true
  fi
  checkUnderSanitizer "$text" "$program-device" "$rows" "$program.raw"
}

# checkModel NAME INPUT: models/NAME.onnx with rows of reference data, as text
# and through bn-run.
checkModel() {
  local model=models/$1.onnx
  cp "$2" "$work/$1.npy"
  check "$1: bn-opt makes CUDA C++" \
    build/bin/bn-opt "$model" -o "$work/$1.cu" || return 0
  checkText "$1" 3
  check "$1: bn-run on the CPU" \
    build/bin/bn-run "$model" "$work/$1.npy" -o "$work/$1.y.npy" &&
    check "$1: bn-run --target=cuda answers the same" build/bin/bn-run "$model" \
      "$work/$1.npy" --target=cuda --expect "$work/$1.y.npy" || true
}

# Texts whose products are all in tiles; the script leaves them and their
# inputs where it runs.
checkProducts() {
  local root=$PWD
  if ! check 'products in tiles, on the CPU' env -C "$work" \
    "$root/$python" "$root/test/Integration/Cuda/products.py" \
    "$root/build/bin/bn-opt" "$root/build/bin/bn-run"; then
    notRun+=('products in tiles on the device')
    return
  fi
  local text
  for text in images lines wide; do
    checkText "$text" 2
  done
}

makeInput() { # FILE SHAPE
  "$python" -c 'import sys, numpy
shape = [int(extent) for extent in sys.argv[2].split("x")]
numpy.save(sys.argv[1], numpy.random.default_rng(1).normal(size=shape)
           .astype(numpy.float32))' "$1" "$2"
}

measure() {
  local flags=()
  [[ -z $dryRun ]] || flags+=(--tiny)
  local interpreter=$python candidate
  # PyTorch is not of this project's environment.
  for candidate in "$python" python3; do
    if "$candidate" -c 'import torch, onnx' 2>"$work/log"; then
      interpreter=$candidate
      break
    fi
  done
  if "$interpreter" test/Performance/gpu.py --device-name "$name" \
    --cuda-arch "$architecture" --table "$table" "${flags[@]}"; then
    echo "passed: performance; the table is in $table"
    passed=$((passed + 1))
  else
    failed+=(performance)
  fi
}

echo "check-gpu: $name, $architecture, $nvcc"
sanitizer=$(findTool compute-sanitizer) || sanitizer=
if has examples; then
  for example in tiled-convolution reduction cooperative graph; do
    checkExample "$example"
  done
fi
if has models; then
  makeInput "$work/digits.npy" 3x1x28x28
  makeInput "$work/pictures.npy" 3x3x32x32
  checkModel bn-lenet "$work/digits.npy"
  checkModel simple-net "$work/pictures.npy"
  checkProducts
fi
if has performance; then
  measure
fi

echo
for title in "${notRun[@]}"; do
  echo "not run: $title"
done
for title in "${failed[@]}"; do
  echo "failed: $title"
done
echo "$name: $passed passed, ${#failed[@]} failed, ${#notRun[@]} not run"
((${#failed[@]} == 0))
