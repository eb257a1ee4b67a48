#!/usr/bin/env bash
#===- check-gpu.sh - The CUDA tests on a GPU -------------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Compiles the CUDA texts of the tests with nvcc, runs them on the GPU of this
# computer, and compares their results with those on the CPU bit for bit. Then
# runs them under each tool of compute-sanitizer, if it is installed. The end
# names what failed and what could not be run.
#
# Usage: tools/check-gpu.sh [--no-build] [--help]
#   --no-build   take what tools/setup.sh --cuda and a build have made
# Exit status: 0 when all that could be run passed, 1 otherwise, 2 wrong usage.
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

build=yes
while (($# > 0)); do
  case $1 in
  --no-build) build= ;;
  -h | --help)
    sed -n '/^# Compiles/,/^# Exit status/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) fail 2 "unknown argument '$1' (see --help)" ;;
  esac
  shift
done

# The device comes first: without one nothing is worth building.
command -v nvidia-smi >/dev/null ||
  fail 1 'no NVIDIA GPU: nvidia-smi, which its driver brings, was not found'
devices=$(nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader 2>&1) ||
  fail 1 "no NVIDIA GPU: nvidia-smi says: ${devices%%$'\n'*}"
device=${devices%%$'\n'*}
[[ $device =~ ^(.+),\ *([0-9]+)\.([0-9]+)$ ]] ||
  fail 1 "no NVIDIA GPU: nvidia-smi says: $device"
readonly name=${BASH_REMATCH[1]} architecture=sm_${BASH_REMATCH[2]}${BASH_REMATCH[3]}

cd "$repo"
if [[ -n $build ]]; then
  tools/setup.sh --cuda
  cmake --preset default
  cmake --build --preset default --target BNCudaOnCpu
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
[[ -f $library ]] || fail 1 "$library is missing: run without --no-build"

work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT
passed=0 failed=() notRun=()

# check TITLE COMMAND...: runs it, and shows what it prints when it fails.
check() {
  local title=$1
  shift
  if timeout 300 "$@" >"$work/log" 2>&1; then
    echo "passed: $title"
    passed=$((passed + 1))
    return
  fi
  echo "FAILED: $title"
  sed 's/^/    /' "$work/log"
  failed+=("$title")
  return 1
}

echo "check-gpu: $name, $architecture, $nvcc"
sanitizer=$(findTool compute-sanitizer) || sanitizer=
for example in tiled-convolution reduction cooperative graph; do
  source=$examples/Inputs/$example.cu
  if ! check "$example: compiles for $architecture" "$nvcc" -std=c++17 \
    -fmad=false -Werror all-warnings -Xptxas -warn-spills,-warn-lmem-usage \
    -arch="$architecture" "$source" -o "$work/$example"; then
    notRun+=("$example: it was not compiled")
    continue
  fi
  check "$example: right on the device" \
    "$work/$example" none 0 "$work/$example.device" || continue
  if check "$example: compiles for the CPU" "$examples/compile.sh" plain \
    "${CXX:-g++}" include/bn/Runtime/CudaOnCpu "$library" "$source" \
    "$work/$example-cpu" &&
    check "$example: right on the CPU" \
      "$work/$example-cpu" none 0 "$work/$example.cpu"; then
    check "$example: the same bits on both" \
      cmp "$work/$example.device" "$work/$example.cpu" || true
  fi
  for tool in memcheck racecheck synccheck initcheck; do
    if [[ -z $sanitizer ]]; then
      notRun+=("$example under $tool: compute-sanitizer was not found")
    else
      check "$example under $tool" "$sanitizer" --tool "$tool" \
        --error-exitcode 1 "$work/$example" none || true
    fi
  done
done

echo
for title in "${notRun[@]}"; do
  echo "not run: $title"
done
for title in "${failed[@]}"; do
  echo "failed: $title"
done
echo "$name: $passed passed, ${#failed[@]} failed, ${#notRun[@]} not run"
((${#failed[@]} == 0))
