#!/usr/bin/env bash
# All C files are as clang-format leaves them.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tree.sh

files=$(product_files '*.[ch]'; [ ! -d tests ] || list_files tests '*.[ch]')
for f in $files; do
    clang-format --dry-run -Werror "$f" >/dev/null 2>&1 ||
        breach "$f" "is not formatted; run: clang-format -i $f"
done
verdict
