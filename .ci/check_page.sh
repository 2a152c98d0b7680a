#!/usr/bin/env bash
# The web page's files: their job in the first line, syntax (where there is node),
# nothing inline that the page's own security policy forbids, nothing from elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tree.sh

[ -d dashboards/page ] || exit 0

syntax() { # FILE: theme.js is no module, node takes it as one all the same
    command -v node >/dev/null || return 0
    node --input-type=module --check - <"$1" 2>&1
}

for f in $(list_files dashboards/page '*.js'); do
    [[ $(head -n 1 "$f") == "// "* ]] || breach "$f:1" "the first line must say the file's job: // …"
    if ! out=$(syntax "$f"); then
        breach "$f" "is no JavaScript"
        head -n 6 <<<"$out"
    fi
    while IFS=: read -r line _; do
        breach "$f:$line" "makes markup or code out of text; make elements, or write textContent"
    done < <(grep -nE '\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b' "$f" || true)
done

while IFS=: read -r file line _; do
    breach "$file:$line" "is inline: the policy lets only files of our own be used"
done < <(list_files dashboards/page '*.html' | xargs grep -nE '<style|style=|<script>|[[:space:]]on[a-z]+=|javascript:' /dev/null || true)

# Addresses in comments are for people, and that of SVG is a name.
while IFS=: read -r file line _; do
    breach "$file:$line" "names another host: the page works without internet"
done < <(list_files dashboards/page '*.html' '*.css' '*.js' '*.svg' |
    xargs grep -nE 'https?://' /dev/null | grep -vE '^[^:]+:[0-9]+:[[:space:]]*//|xmlns="http://www.w3.org/2000/svg"' || true)
verdict
