#!/usr/bin/env bash
#===- fetch-fashion-mnist.sh - Download Fashion-MNIST ----------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Downloads the four files of Fashion-MNIST (31 MB) from their publisher, Zalando
# Research, to DIR, under their own names, for `bn-run train --data DIR`, and
# checks them against the publisher's checksums. Files that are there already and
# right are left alone. The images are under the MIT licence.
#
# Usage: tools/fetch-fashion-mnist.sh DIR | --help
# Exit status: 0 all four are there, 1 one is missing (named), 2 wrong usage.
#
#===------------------------------------------------------------------------===#
set -euo pipefail

# Another place with the same files can be named.
readonly source=${FASHION_MNIST_URL:-http://fashion-mnist.s3-website.eu-central-1.amazonaws.com}
# The sums that the publisher gives are MD5.
readonly files=(
  8d4fb7e6c68d591d4c3dfef9ec88bf0d:train-images-idx3-ubyte.gz
  25c81989df183df01b3e8a0aad5dffbe:train-labels-idx1-ubyte.gz
  bef4ecab320f06d8554ea6380940ec79:t10k-images-idx3-ubyte.gz
  bb300cfdad3c16e7a12a480ee83cd310:t10k-labels-idx1-ubyte.gz
)

# fail MESSAGE [STATUS]
fail() {
  echo "fetch-fashion-mnist: error: $1" >&2
  exit "${2:-1}"
}

# isRight FILE SUM
isRight() {
  [[ -f $1 && $(md5sum <"$1") == "$2  -" ]]
}

case $#:${1-} in
1:-h | 1:--help)
  sed -n '/^# Downloads/,/^# Exit status/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
  ;;
1:-* | 1:) fail "unknown argument '$1' (see --help)" 2 ;;
1:*) ;;
*) fail 'expected one directory (see --help)' 2 ;;
esac

command -v curl >/dev/null || fail 'curl was not found; install it'
mkdir -p -- "$1" || exit 1
cd -- "$1"

for entry in "${files[@]}"; do
  sum=${entry%%:*} name=${entry#*:}
  isRight "$name" "$sum" && continue
  # Downloaded beside its place, and moved there when it is whole and right.
  if ! reason=$(curl --fail --silent --show-error --location --retry 2 \
    --connect-timeout 20 --output "$name.part" "$source/$name" 2>&1); then
    rm -f -- "$name.part"
    fail "cannot download $source/$name: ${reason##*$'\n'}"
  fi
  if ! isRight "$name.part" "$sum"; then
    rm -f -- "$name.part"
    fail "$source/$name: the checksum is not the publisher's, $sum"
  fi
  mv -- "$name.part" "$name"
done
echo "Fashion-MNIST is in $PWD"
