#!/usr/bin/env bash
#===- setup.sh - Install what the build needs ------------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Installs the Debian packages, a Python environment for the tests
# (build/deps/venv) and ONNX's C++ library (build/deps/onnx), which is compiled
# from PyPI's source distribution because no Debian package has it.
#
# Each part is left alone when it is already there, so running this again takes
# a fraction of a second. Every part is safe to interrupt: the library is built
# beside its place and moved there when it is whole, the environment is stamped
# last.
#
# With --cuda it also looks for nvcc, CUDA's compiler, and where there is none,
# installs NVIDIA's compiler wheels from PyPI into build/deps/cuda. Only what is
# about CUDA needs it.
#
# Usage: tools/setup.sh [--cuda] [--help]
# Exit status: 0 all is there, 1 something is missing (named), 2 wrong usage.
#
#===------------------------------------------------------------------------===#
set -euo pipefail

readonly onnxVersion=1.23.2
readonly onnxSha256=008cb0467b2bbee41448acc7da8b6f4e704624cb0d327a2d5adafc7ce19bc5b8

# CMake is for ONNX alone, which needs 3.26; our own build takes Debian's 3.25.
readonly pythonPackages=(
  cmake==3.31.10
  numpy==2.4.6
  "onnx==$onnxVersion"
  onnxruntime==1.31.1
)

# The parts of one minor version of CUDA that turn text into programs: compiler
# driver, its headers, its optimizer, the runtime, the compiler as a library and
# the headers of CUDA's C++ library.
readonly cudaPackages=(
  nvidia-cuda-nvcc==13.0.88
  nvidia-cuda-crt==13.0.88
  nvidia-nvvm==13.0.88
  nvidia-cuda-runtime==13.0.96
  nvidia-cuda-nvrtc==13.0.88
  nvidia-cuda-cccl==13.0.85
)

readonly debianPackages=(
  # The compiler of our choice, with libgomp.a, and what drives it.
  g++ cmake ninja-build ccache mold
  # MLIR and LLVM; FileCheck and lit; the linker of emitted executables.
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools lld-22
  # ONNX's library is made of protobuf messages; static, so that bn-opt
  # depends on no version of it.
  libprotobuf-dev protobuf-compiler
  # Readers and writers of the runtime, and unit tests.
  zlib1g-dev libpng-dev libgtest-dev
  # The Python environment, and the way to PyPI.
  python3 python3-venv ca-certificates
)

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# All presets share this directory. Physical, because scripts of the Python
# environment carry their path.
mkdir -p "$repo/build/deps"
deps=$(cd "$repo/build/deps" && pwd -P)
readonly repo deps
# Debian's own interpreter, not whatever PATH puts first: python3-venv belongs
# to it.
readonly python=/usr/bin/python3

say() { printf 'setup: %s\n' "$*"; }
die() {
  printf 'setup: error: %s\n' "$*" >&2
  exit 1
}

# Prints those of $debianPackages that are not installed.
missingDebianPackages() {
  local installed
  # dpkg-query fails when it does not know a package at all; that is an answer.
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
    "${debianPackages[@]}" 2>/dev/null || true)
  local package
  for package in "${debianPackages[@]}"; do
    grep -qxF "$package installed" <<<"$installed" || echo "$package"
  done
}

installDebianPackages() {
  local tool
  for tool in dpkg-query apt-get; do
    command -v "$tool" >/dev/null ||
      die "$tool is missing: this script is for Debian 12." \
        "It would install: ${debianPackages[*]}"
  done
  local missing
  mapfile -t missing < <(missingDebianPackages)
  if ((${#missing[@]} == 0)); then
    say "Debian packages: all ${#debianPackages[@]} installed"
    return
  fi
  say "Debian packages: installing ${missing[*]}"

  local asRoot=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "not root and no sudo; as root: apt-get install ${missing[*]}"
    asRoot=(sudo)
  fi
  "${asRoot[@]}" apt-get update -q ||
    say "apt-get update failed; going on with the lists that are there"

  # apt-get installs nothing when one name is unknown, and says so less clearly.
  local unavailable=() package policy
  for package in "${missing[@]}"; do
    policy=$(LC_ALL=C apt-cache policy "$package")
    [[ $policy == *'Candidate: '[^\(]* ]] || unavailable+=("$package")
  done
  ((${#unavailable[@]} == 0)) ||
    die "not available from the configured apt sources: ${unavailable[*]}" \
      "(LLVM 22 is in Debian 12's security suite, bookworm-security)"

  "${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}" </dev/null ||
    die "apt-get could not install: ${missing[*]}"
  mapfile -t missing < <(missingDebianPackages)
  ((${#missing[@]} == 0)) || die "still missing: ${missing[*]}"
}

makePythonEnvironment() {
  local venv=$deps/venv
  local stamp=$venv/bn-packages.txt
  local wanted
  # A program is tried as well: it stops working when the clone is moved.
  wanted=$(printf '%s\n' "${pythonPackages[@]}")
  if [[ -f $stamp && $(<"$stamp") == "$wanted" ]] &&
    "$venv/bin/cmake" --version >/dev/null 2>&1; then
    say "Python environment: up to date"
    return
  fi
  say "Python environment: installing ${pythonPackages[*]}"
  "$python" -m venv --clear "$venv" ||
    die "cannot make a Python environment in $venv (package python3-venv)"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check \
    "${pythonPackages[@]}" || die "pip could not install: ${pythonPackages[*]}"
  echo "$wanted" >"$stamp"
}

# Builds in $1, a directory of its own, and installs into $1/install.
compileOnnx() {
  local work=$1
  local source=$work/onnx-$onnxVersion
  # --no-deps --no-binary: the source distribution and nothing else. pip asks
  # the package's build backend for its name and version, but compiles nothing.
  "$deps/venv/bin/python" -m pip download -q --disable-pip-version-check \
    --no-deps --no-binary onnx -d "$work" "onnx==$onnxVersion" ||
    die "pip could not download the source distribution of onnx $onnxVersion"
  echo "$onnxSha256  $source.tar.gz" | sha256sum --check --quiet ||
    die "onnx-$onnxVersion.tar.gz is not the file this script was written for"
  tar -xf "$source.tar.gz" -C "$work"

  # The installed package looks for protobuf's CMake package, which Debian does
  # not ship; CMake's own find module knows the library as well.
  local config=$source/cmake/ONNXConfig.cmake.in
  sed -i 's/^\( *\)find_package(Protobuf REQUIRED CONFIG)/\1set(Protobuf_USE_STATIC_LIBS ON)\n\1find_package(Protobuf REQUIRED MODULE)/' \
    "$config"
  grep -q 'Protobuf REQUIRED MODULE' "$config" ||
    die "ONNXConfig.cmake.in of onnx $onnxVersion is not as expected"

  local options=(
    -G Ninja
    -DCMAKE_BUILD_TYPE=Release
    # -O2 builds faster than Release's -O3, and nothing here is hot. Warnings
    # of a library that we do not maintain help nobody.
    "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG -w"
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON
    -DCMAKE_INSTALL_PREFIX="$work/install"
    -DCMAKE_INSTALL_LIBDIR=lib
    -DBUILD_SHARED_LIBS=OFF
    -DONNX_ML=ON
    -DONNX_BUILD_PYTHON=OFF
    -DONNX_BUILD_TESTS=OFF
    -DONNX_USE_PROTOBUF_SHARED_LIBS=OFF
    # Another protoc in PATH would write messages for another libprotobuf.
    -DProtobuf_PROTOC_EXECUTABLE=/usr/bin/protoc
    -DPython3_EXECUTABLE="$deps/venv/bin/python"
    -DPython_EXECUTABLE="$deps/venv/bin/python"
  )
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  local cmake=$deps/venv/bin/cmake
  if ! {
    "$cmake" -S "$source" -B "$work/build" "${options[@]}" &&
      "$cmake" --build "$work/build" --parallel "$(nproc)" &&
      "$cmake" --install "$work/build"
  } >"$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    die "ONNX's C++ library did not build; the whole log is $work/log"
  fi
}

buildOnnx() {
  local stamp=$deps/onnx/bn-recipe.txt
  # Everything the library depends on: a change to the recipe, or a protobuf
  # other than the one whose headers it was compiled with, builds it anew.
  local wanted
  wanted=$(
    echo "onnx $onnxVersion $onnxSha256"
    dpkg-query -W -f '${Package} ${Version}\n' libprotobuf-dev
    declare -f compileOnnx | sha256sum
  )
  if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then
    say "ONNX $onnxVersion C++ library: up to date"
    return
  fi
  say "ONNX $onnxVersion C++ library: compiling (about three minutes on 2 cores)"
  local work=$deps/onnx.build
  rm -rf "$work"
  mkdir -p "$work"
  compileOnnx "$work"
  echo "$wanted" >"$work/install/bn-recipe.txt"
  rm -rf "$deps/onnx"
  mv "$work/install" "$deps/onnx"
  rm -rf "$work"
}

# Prints an nvcc that is installed already, if there is one.
findNvcc() {
  command -v nvcc && return
  local candidate=/usr/local/cuda/bin/nvcc
  [[ -x $candidate ]] && echo "$candidate"
}

# Wheels put everything under one directory of Python packages, which is what
# nvcc expects but for the name lib64.
installCuda() {
  local nvcc
  if nvcc=$(findNvcc); then
    say "nvcc: $nvcc"
    return
  fi
  local stamp=$deps/cuda/bn-packages.txt wanted
  wanted=$(printf '%s\n' "${cudaPackages[@]}")
  if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then
    say "CUDA's compiler: up to date"
    return
  fi
  case $(uname -m) in
  x86_64 | aarch64) ;;
  *) die "NVIDIA has no CUDA compiler for $(uname -m)" ;;
  esac
  say "CUDA's compiler: installing ${cudaPackages[*]}"
  local work=$deps/cuda.build
  rm -rf "$work"
  "$deps/venv/bin/python" -m pip install -q --disable-pip-version-check \
    --no-deps --only-binary :all: --target "$work" "${cudaPackages[@]}" ||
    die "pip could not install: ${cudaPackages[*]}"
  local root=$work/nvidia/cu13
  [[ -x $root/bin/nvcc ]] || die "the wheels of CUDA hold no bin/nvcc in $root"
  ln -s lib "$root/lib64"
  "$root/bin/nvcc" --version >/dev/null || die "$root/bin/nvcc does not run"
  echo "$wanted" >"$root/bn-packages.txt"
  rm -rf "$deps/cuda"
  mv "$root" "$deps/cuda"
  rm -rf "$work"
}

cuda=
case ${1-} in
'') ;;
--cuda) cuda=yes ;;
-h | --help)
  sed -n '/^# Installs/,/^# Exit status/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
  ;;
*)
  echo "setup: error: unknown argument '$1' (see --help)" >&2
  exit 2
  ;;
esac

SECONDS=0
installDebianPackages
# Two runs at once would delete each other's half-built parts.
exec 9>"$deps/.lock"
flock -n 9 || {
  say "waiting for another run of this script to end"
  flock 9
}
makePythonEnvironment
buildOnnx
[[ -z $cuda ]] || installCuda
say "done in ${SECONDS} s"
