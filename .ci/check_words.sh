#!/usr/bin/env bash
# Nothing is left for later, nothing is commented out, and no file knows the
# machine it was written on.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tree.sh

# All text of ours; a corpus is for a fuzzer's eyes.
texts() {
    find . \( -name .git -o -name 'build*' -o -name corpus -o -name __pycache__ \) -prune -o \
        -type f -print | sed 's|^\./||' | LC_ALL=C sort
}

search() { # WHAT PATTERN FILE...
    local what=$1 pattern=$2
    shift 2
    [ $# -gt 0 ] || return 0
    while IFS=: read -r file line _; do
        breach "$file:$line" "$what"
    done < <(grep -InE "$pattern" "$@" /dev/null || true)
}

mapfile -t all < <(texts)
mapfile -t code < <(product_files '*.[ch]' '*.def'; [ ! -d tests ] || list_files tests '*.[ch]')

# The brackets keep this file from finding itself.
search "left for later" '\b(TOD[O]|FIXM[E]|XX[X])\b' "${all[@]}"
search "a path of one machine" '(^|[^A-Za-z0-9_.$}-])/(wor[k]|hom[e]/[a-z]+|roo[t]|User[s])/' "${all[@]}"

# Comments that end as statements do.  Examples in header comments are indented
# by at least three blanks, and prose does not look like this.
open='^[[:space:]]*(/\*[[:space:]]?|\* |//[[:space:]]?)'
close='[[:space:]]*(\*/)?[[:space:]]*$'
call='[A-Za-z_][A-Za-z0-9_]*\(.*\);'
assign='[A-Za-z_][][A-Za-z0-9_>.-]* [-+*/|&]?= .*;'
search "commented-out code" "$open($call|(if|for|while|switch) \(.*\) *\{|return [^ ]*;|$assign|\} else \{|#(include|define|if|endif).*)$close" "${code[@]}"
search "code switched off" '^[[:space:]]*#[[:space:]]*if[[:space:]]+0\b' "${code[@]}"
verdict
