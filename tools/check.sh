#!/usr/bin/env bash
#===- check.sh - Set up, build and run every test --------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# The one command between a fresh clone and the result of all tests. The last
# line is `N passed, N failed`.
#
# Usage: tools/check.sh [--help]
# Exit status: 0 when tests ran and all passed, 1 otherwise, 2 wrong usage.
#
#===------------------------------------------------------------------------===#
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly repo

case ${1-} in
'') ;;
-h | --help)
  sed -n '/^# The one/,/^# Exit status/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
  ;;
*)
  echo "check: error: unknown argument '$1' (see --help)" >&2
  exit 2
  ;;
esac

step() { printf '\ncheck: %s\n' "$*"; }

step 'set-up'
"$repo/tools/setup.sh" --cuda

# Presets are looked for in the current directory.
cd "$repo"
step 'configure'
cmake --preset default
step 'build'
cmake --build --preset default
step 'test'
log=build/check.log
status=0
cmake --build --preset default --target check-bn 2>&1 | tee "$log" || status=$?

# The build tool may have said something after the tests, so the closing line is
# looked for and said again.
if ! closing=$(grep -xE '[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1); then
  echo "check: error: the tests did not come to an end; see $repo/$log" >&2
  exit 1
fi
printf '\n%s\n' "$closing"
if ((status != 0)) || [[ $closing != *', 0 failed' || $closing == '0 passed'* ]]; then
  exit 1
fi
