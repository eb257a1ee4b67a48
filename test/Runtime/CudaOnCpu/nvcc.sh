#!/bin/sh
#===- nvcc.sh - A compiler in the place of nvcc ----------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Takes the words that nvcc gets for a program or a library, and makes one that
# runs on the CPU. Linked to the name nvcc in a directory of PATH, it lets
# everything run without a GPU that compiles CUDA text.
#
# Usage: nvcc.sh WORDS...
# BN_BUILD in the environment is the build directory (build of the repository),
# CXX the compiler (g++).
#
#===------------------------------------------------------------------------===#
set -e
here=$(dirname "$(readlink -f "$0")")
repo=$here/../../..
output=a.out input= shared= extra=
while [ $# -gt 0 ]; do
  case $1 in
  -o)
    output=$2
    shift
    ;;
  -Xcompiler | -Xptxas | -Werror) shift ;;
  -Xlinker)
    extra="$extra -Wl,$2"
    shift
    ;;
  -shared)
    # Each library has its own copy of what runs kernels.
    shared='-shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL'
    ;;
  -D*) extra="$extra $1" ;;
  *.cu) input=$1 ;;
  *.a | -l*) libraries="$libraries $1" ;;
  esac
  shift
done
# Words that were put together above are several: no quotes.
# shellcheck disable=SC2086
exec "${CXX:-g++}" -std=c++17 -ffp-contract=off -O2 -Wno-unknown-pragmas -fPIC \
  $shared $extra -I "$repo/include/bn/Runtime/CudaOnCpu" -x c++ "$input" \
  -x none $libraries "${BN_BUILD:-$repo/build}/lib/libbn-cuda-on-cpu.a" -ldl \
  -lpthread -o "$output"
