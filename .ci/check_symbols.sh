#!/usr/bin/env bash
# A name tells its file: every symbol that foo.c exports starts with foo_, and
# no two folders have files of the same name.  The analyzer has no globals.
# Usage: .ci/check_symbols.sh [BUILD_DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tree.sh

build=${1:-build}
objects=0

for dir in "${folders[@]}"; do
    for object in "$build/CMakeFiles/"*".dir/$dir/"*.c.o; do
        stem=$(basename "$object" .c.o)
        # Objects of files that are gone stay behind in an old build.
        [ -f "$object" ] && [ -f "$dir/$stem.c" ] || continue
        objects=$((objects + 1))
        while read -r symbol; do
            case $symbol in
            "${stem}"_* | "${stem}" | main) ;;
            *) breach "$dir/$stem.c" "exports $symbol, which does not start with ${stem}_" ;;
            esac
        done < <(nm -g --defined-only "$object" | awk '{print $3}')
        [ "$dir" = analyzer ] || continue
        # .data.rel.ro holds constants that need relocation.
        while read -r symbol; do
            breach "$dir/$stem.c" "has the global variable $symbol"
        done < <(objdump -t "$object" |
            awk '$0 ~ / O / && $0 ~ /[ \t]\.(data|bss)[.\t ]/ && $0 !~ /\.data\.rel\.ro/ {print $NF}')
    done
done
[ "$objects" -gt 0 ] || breach "$build" "holds no object files; build first"

while read -r stem; do
    breach "$stem" "more than one folder has a file of this name"
done < <(product_files '*.[ch]' '*.def' | sed -E 's/\.[^.]*$//' | LC_ALL=C sort -u |
    sed 's|.*/||' | LC_ALL=C sort | uniq -d)
verdict
