#!/usr/bin/env bash
# Functions of at most 60 lines (tables inside them aside), files of at most
# 800 (over 400 is a warning), and no calls that have a better replacement.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tree.sh

# What never is called; the replacement is in base/ or beside it in libc.
banned='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|localtime|gmtime|ctime|asctime|rand|srand|random|gets|alloca|setlocale|tmpnam'
# Only base/clock knows the time.
clocks='clock_gettime|gettimeofday|time'

# The file without comments and the contents of strings, lines in place.
bare() {
    "${CC:-cc}" -fpreprocessed -dD -E -x c "$1" 2>/dev/null | grep -v '^# ' |
        sed -E "s/\"(\\\\.|[^\"\\\\])*\"/\"\"/g"
}

calls() { # FILE NAMES
    bare "$1" | grep -oE "(^|[^A-Za-z0-9_.>])($2)[[:space:]]*\(" | grep -oE "[a-z_]+" | sort -u || true
}

# clang-format puts a function's braces, and nothing else's, alone on a line in
# column one.  A table inside is indented by four and ends in "    };".
long_functions() {
    awk -v file="$1" '
        /^\{$/            { start = NR; name = before; tables = 0; next }
        start && /^    [^ ].*= \{$/ { table = NR }
        start && table && /^    \};$/ { tables += NR - table + 1; table = 0 }
        /^\}/ && start    { n = NR - start + 1 - tables
                            if (n > 60) printf "%s:%d: function of %d lines: %s\n", file, start, n, name
                            start = table = 0 }
        /^[a-zA-Z_].*\(/  { before = $0 }' "$1"
}

for f in $(product_files '*.[ch]'; [ ! -d tests ] || list_files tests '*.[ch]'); do
    lines=$(wc -l <"$f")
    if [ "$lines" -gt 800 ]; then
        breach "$f" "$lines lines; split it by noun (at most 800)"
    elif [ "$lines" -gt 400 ]; then
        echo "$f: warning: $lines lines; 400 is the aim"
    fi
    while IFS=: read -r file line what; do
        breach "$file:$line" "${what# }; at most 60"
    done < <(long_functions "$f")
    for name in $(calls "$f" "$banned"); do breach "$f" "calls $name(), which is banned"; done
    case $f in
    tests/* | base/clock.c) ;;
    *) for name in $(calls "$f" "$clocks"); do
        breach "$f" "calls $name(); only base/clock.c asks for the time"
    done ;;
    esac
done
verdict
