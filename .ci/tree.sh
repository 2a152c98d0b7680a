# shellcheck shell=bash
# What the checks share: which files there are, and how a breach is reported.
# Sourced, from the top of the tree.

folders=(base promql analyzer telemetry store webhooks dashboards daemon)

# Product sources, by the name patterns given ('*.[ch]').
product_files() {
    local dir
    for dir in "${folders[@]}"; do
        [ -d "$dir" ] || continue
        list_files "$dir" "$@"
    done
}

# The same in one folder, sorted.
list_files() {
    local dir=$1 pattern args=()
    shift
    for pattern in "$@"; do args+=(-o -name "$pattern"); done
    find "$dir" -type f \( "${args[@]:1}" \) | LC_ALL=C sort
}

breaches=0

# breach PLACE WHAT: say it and remember that the check failed.
breach() {
    echo "$1: $2"
    breaches=$((breaches + 1))
}

# The check's exit status.
verdict() {
    [ "$breaches" -eq 0 ]
}
