#!/usr/bin/env bash
# Who may include whom.  Left of the colon: the folder; right: the folders it
# may use besides itself, and the third-party headers that are fenced into it.
# Change this table only together with the design.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tree.sh

layers='
base: <libfyaml.h> <jansson.h>
promql: base <jansson.h> <pcre2.h>
analyzer: base
telemetry: base promql <jansson.h> <snappy-c.h>
store: base analyzer <sqlite3.h>
webhooks: base promql analyzer <jansson.h> <microhttpd.h> <gnutls/*> <nettle/*> <zlib.h>
dashboards: base analyzer
daemon: base promql analyzer telemetry store webhooks dashboards <jansson.h> <curl/*>
'

# The C library and the kernel, which all may use.
system='assert|complex|ctype|dirent|endian|errno|fcntl|fenv|float|getopt|glob|ifaddrs|immintrin|inttypes|libgen|limits|malloc|math|netdb|poll|pthread|sched|semaphore|setjmp|signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|threads|time|uchar|unistd|(arpa|linux|net|netinet|sanitizer|sys)/[a-z_0-9]+'

# The judge is pure: it neither does I/O nor asks for the time.
impure='<(dirent|fcntl|glob|netdb|poll|pthread|sched|semaphore|signal|syslog|termios|threads|time|unistd|(arpa|linux|net|netinet|sys)/[a-z_0-9]+)\.h>|"base/(clock|fetch|log)\.h"'

may_include() { # ALLOWED INCLUDE
    local item
    [[ $2 =~ ^\<($system)\.h\>$ ]] && return 0
    for item in $1; do
        # shellcheck disable=SC2053  # the table's items are patterns
        [[ ${2/%\/*/} == "\"$item" || $2 == $item ]] && return 0
    done
    return 1
}

set -f # the table's patterns are not for the shell
for dir in "${folders[@]}"; do
    allowed="$dir $(sed -n "s/^$dir://p" <<<"$layers")"
    [ -d "$dir" ] || continue
    while IFS=: read -r file line text; do
        inc=$(sed -E 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1/' <<<"$text")
        may_include "$allowed" "$inc" || breach "$file:$line" "$dir may not include $inc"
        if [ "$dir" = analyzer ] && [[ $inc =~ ^($impure)$ ]]; then
            breach "$file:$line" "analyzer is pure and may not include $inc"
        fi
    done < <(set +f; product=$(list_files "$dir" '*.[ch]' '*.def' '*.inc')
        [ -z "$product" ] || grep -nE '^[[:space:]]*#[[:space:]]*include' $product /dev/null || true)
done
verdict
