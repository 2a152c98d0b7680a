#!/usr/bin/env bash
# Every header compiles alone, so that include order never matters, and its
# first line says the file's job: "/* name.h - what it is for."
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tree.sh

compile() {
    local flags=(-std=gnu17 -D_GNU_SOURCE -I. -fsyntax-only -Wall -Wextra -Werror -xc -)
    echo "#include \"$1\"" | "${CC:-cc}" "${flags[@]}" 2>&1
}

headers=$(product_files '*.h'; [ ! -d tests ] || list_files tests '*.h')
for h in $headers; do
    name=${h##*/}
    first=$(head -n 1 "$h")
    case $first in
    "/* $name - "?*) ;;
    *) breach "$h:1" "the first line must be \"/* $name - its job\"" ;;
    esac
    if ! out=$(compile "$h"); then
        breach "$h" "does not compile alone"
        head -n 8 <<<"$out"
    fi
done
verdict
