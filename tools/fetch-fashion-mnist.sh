#!/usr/bin/env bash
#===- fetch-fashion-mnist.sh - The Fashion-MNIST data set ------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Downloads the four files of Fashion-MNIST (30 MB) to a directory for
# `bn-run train --data DIR`, from their publisher, and checks their MD5 sums as
# the publisher gives them. Files that are there already are only checked.
#
# Usage: tools/fetch-fashion-mnist.sh DIR [--from URL]
#   --from URL   where the files are instead; also FASHION_MNIST_URL in the
#                environment. file:// is possible.
# Exit status: 0 all four are there, 1 otherwise, 2 wrong usage.
#
#===------------------------------------------------------------------------===#
set -euo pipefail

readonly publisher=http://fashion-mnist.s3-website.eu-central-1.amazonaws.com
readonly files=(
  train-images-idx3-ubyte.gz 8d4fb7e6c68d591d4c3dfef9ec88bf0d
  train-labels-idx1-ubyte.gz 25c81989df183df01b3e8a0aad5dffbe
  t10k-images-idx3-ubyte.gz bef4ecab320f06d8554ea6380940ec79
  t10k-labels-idx1-ubyte.gz bb300cfdad3c16e7a12a480ee83cd310
)

fail() {
  echo "fetch-fashion-mnist: error: $2" >&2
  exit "$1"
}

url=${FASHION_MNIST_URL:-$publisher}
directory=
while [[ $# -gt 0 ]]; do
  case $1 in
  -h | --help)
    sed -n '/^# Downloads/,/^# Exit status/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  --from)
    [[ $# -gt 1 ]] || fail 2 '--from: expected URL, got nothing'
    url=$2
    shift
    ;;
  --from=*) url=${1#--from=} ;;
  -*) fail 2 "unknown option '$1' (see --help)" ;;
  *)
    [[ -z $directory ]] || fail 2 "unexpected argument '$1' (see --help)"
    directory=$1
    ;;
  esac
  shift
done
[[ -n $directory ]] || fail 2 'expected a directory (see --help)'
mkdir -p -- "$directory" || fail 1 "cannot make the directory $directory"

# download URL FILE
download() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --connect-timeout 20 \
      --output "$2" -- "$1"
  else
    python3 -c 'import sys, shutil, urllib.request as r
with r.urlopen(sys.argv[1], timeout=20) as source, open(sys.argv[2], "wb") as f:
    shutil.copyfileobj(source, f)' "$1" "$2"
  fi
}

md5() { md5sum <"$1" | cut -d ' ' -f 1; }

for ((i = 0; i < ${#files[@]}; i += 2)); do
  name=${files[i]}
  want=${files[i + 1]}
  target=$directory/$name
  if [[ -f $target && $(md5 "$target") == "$want" ]]; then
    echo "$name: there already"
    continue
  fi
  # Moved to its place when it is whole and right.
  part=$target.part
  trap 'rm -f -- "$part"' EXIT
  if ! reason=$(download "${url%/}/$name" "$part" 2>&1); then
    fail 1 "cannot download ${url%/}/$name (${reason##*$'\n'}); without a \
network, copy the four files to $directory from elsewhere and run this again"
  fi
  got=$(md5 "$part")
  [[ $got == "$want" ]] ||
    fail 1 "$name from $url is not the published file: expected MD5 $want, got $got"
  mv -- "$part" "$target"
  echo "$name: downloaded"
done
