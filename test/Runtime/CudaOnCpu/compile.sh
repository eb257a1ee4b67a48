#!/bin/sh
#===- compile.sh - CUDA text for the CPU -----------------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Compiles CUDA text for the CPU, as the comment in cuda_runtime.h says.
#
# Usage: compile.sh plain|check|address CXX HEADERS LIBRARY INPUT OUTPUT
#                   [FLAG...]
#
#===------------------------------------------------------------------------===#
set -e
mode=$1 cxx=$2 headers=$3 library=$4 input=$5 output=$6
shift 6
case $("$cxx" --version) in
*clang*) clang=yes ;;
*) clang= ;;
esac
set -- -std=c++17 -ffp-contract=off -Wall -Wextra -Werror \
  -Wno-unknown-pragmas -I "$headers" "$@"
case $mode in
plain) set -- -O2 -g1 "$@" ;;
check)
  set -- -O1 -g -fsanitize=thread "$@"
  [ -z "$clang" ] || set -- -fno-vectorize -fno-slp-vectorize "$@"
  ;;
address)
  set -- -O1 -g -fsanitize=address "$@"
  [ -z "$clang" ] || set -- -fsanitize-address-use-after-return=never "$@"
  ;;
esac
"$cxx" "$@" -x c++ -c "$input" -o "$output.o"
if [ "$mode" = address ]; then set -- -fsanitize=address; else set --; fi
"$cxx" "$@" "$output.o" "$library" -ldl -o "$output"
