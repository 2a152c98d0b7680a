#!/usr/bin/env bash
# A check that cannot fail is worthless: plant one breach after the other in a
# small copy of the tree, and see each check name the planted file.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
failed=0

cp -r .ci .clang-format "$copy"
mkdir -p "$copy"/{analyzer,dashboards/page,tests/unit,build/CMakeFiles/layer_{base,analyzer}.dir/{base,analyzer}}
mkdir "$copy/base"
cp base/base.h base/status.[ch] base/status.def "$copy/base"
cd "$copy"

complain() {
    echo "selftest: $1"
    failed=1
}

compile() { # FILE: to where the build would put its object
    local dir=${1%/*}
    "${CC:-cc}" -std=gnu17 -I. -c "$1" -o "build/CMakeFiles/layer_$dir.dir/$1.o"
}

passes() { # CHECK
    local out
    out=$(".ci/check_$1.sh" 2>&1) || complain "check_$1.sh refuses a clean tree: $out"
}

# refuses CHECK FILE TEXT: with TEXT as FILE the check fails and names it.
refuses() {
    local check=$1 file=$2 out
    printf '%s\n' "$3" >"$file"
    [[ $check != symbols ]] || compile "$file"
    if out=$(".ci/check_$check.sh" 2>&1); then
        complain "check_$check.sh lets this pass as $file: $3"
    elif ! grep -q plant <<<"$out"; then
        complain "check_$check.sh fails without naming $file: $out"
    fi
    rm -f "$file" build/CMakeFiles/layer_*.dir/"$file.o"
}

# accepts CHECK FILE TEXT: the opposite, for what only looks like a breach.
accepts() {
    local out
    printf '%s\n' "$3" >"$2"
    [[ $1 != symbols ]] || compile "$2"
    out=$(".ci/check_$1.sh" 2>&1) || complain "check_$1.sh refuses $2: $3: $out"
    rm -f "$2" build/CMakeFiles/layer_*.dir/"$2.o"
}

if out=$(.ci/check_symbols.sh 2>&1); then
    complain "check_symbols.sh passes without any object file"
fi
compile base/status.c
for check in layers symbols headers format sizes words page; do passes "$check"; done

refuses layers base/plant.c '#include "analyzer/verdict.h"'
refuses layers base/plant.c '#include <sqlite3.h>'
refuses layers base/plant.h '#  include <curl/curl.h>'
refuses layers base/plant.c '#include "plant.h"'
refuses layers base/plant.c '#include <unheard/of.h>'
refuses layers base/plant.def '#include "daemon/main.h"'
refuses layers analyzer/plant.c '#include <jansson.h>'
refuses layers analyzer/plant.c '#include "promql/value.h"'
refuses layers analyzer/plant.c '#include "base/clock.h"'
refuses layers analyzer/plant.c '#include <unistd.h>'
accepts layers base/plant.c '#include <sys/stat.h>'
accepts layers analyzer/plant.c '#include "base/status.h"'
mkdir store webhooks
refuses layers store/plant.c '#include "webhooks/port.h"'
refuses layers webhooks/plant.c '#include <sqlite3.h>'
accepts layers webhooks/plant.c '#include <gnutls/crypto.h>'

refuses symbols base/plant.c 'int other_name(void) { return 1; }'
refuses symbols base/plant.c 'int plants = 1;'
accepts symbols base/plant.c 'int plant_seed(void) { return 1; }'
refuses symbols analyzer/plant.c 'static int count; int plant_grow(void) { return ++count; }'
refuses symbols analyzer/plant.c 'static int count = 1; int plant_grow(void) { return ++count; }'
accepts symbols analyzer/plant.c \
    'static const char *const n[] = {"a", "b"}; const char *plant_name(int i) { return n[i]; }'
echo '' >analyzer/plant.h
refuses symbols base/plant.c 'int plant_seed(void) { return 1; }'
rm analyzer/plant.h

refuses headers base/plant.h '#include <stdio.h>'
refuses headers base/plant.h '/* tree.h - another name. */'
refuses headers base/plant.h $'/* plant.h - needs more. */\nuint64_t plant_seed(size_t n);'
accepts headers base/plant.h $'/* plant.h - alone. */\n#include <stdint.h>\nuint64_t plant_seed(void);'

refuses format base/plant.c 'int  plant_seed( void );'
refuses format tests/unit/plant.c 'int  plant_seed( void );'
accepts format base/plant.c 'int plant_seed(void);'

lines() { # HOW_MANY TEXT
    local i
    for ((i = 0; i < $1; i++)); do printf '%s\n' "$2"; done
}
refuses sizes base/plant.c "$(lines 801 'int plant_x;')"
refuses sizes base/plant.c "$(printf 'int\nplant_grow(void)\n{\n%s\n}' "$(lines 59 '    x();')")"
accepts sizes base/plant.c "$(printf 'int\nplant_grow(void)\n{\n%s\n}' "$(lines 58 '    x();')")"
accepts sizes base/plant.c "$(printf 'int\nplant_grow(void)\n{\n    static const int t[] = {\n%s\n    };\n}' \
    "$(lines 70 '        1,')")"
refuses sizes base/plant.c 'int plant_n(const char *s) { return atoi(s); }'
refuses sizes tests/unit/plant.c 'int plant_n(char *a, char *b) { return !strcpy (a, b); }'
refuses sizes base/plant.c 'long plant_now(void) { return time(NULL); }'
accepts sizes tests/unit/plant.c 'long plant_now(void) { return time(NULL); }'
accepts sizes base/plant.c '/* unlike atoi(s) */ int plant_n(void) { return my_atoi("rand(x)"); }'

# In parts, so that this file passes the same check.
refuses page dashboards/page/plant.js 'export const x = 1;'
refuses page dashboards/page/plant.js $'// plant.js says.\ndocument.body.innerHTML = name;'
refuses page dashboards/page/plant.js $'// plant.js says.\nfetch("https://elsewhere.example/x");'
! command -v node >/dev/null || refuses page dashboards/page/plant.js $'// plant.js says.\nlet x = ;'
refuses page dashboards/page/plant.html '<p style="color: red">'
refuses page dashboards/page/plant.html '<script>alert(1)</script>'
refuses page dashboards/page/plant.css '@import url(https://elsewhere.example/x.css);'
accepts page dashboards/page/plant.js $'// plant.js says.\n// https://www.w3.org/TR/webdriver2/\nexport const x = 1;'

refuses words base/plant.c "/* TO""DO: grow */"
refuses words tests/unit/plant.py "# FIX""ME"
refuses words base/plant.c 'char *plant_dir = "/ho''me/someone/x";'
refuses words base/plant.sh 'cd /wo''rk/main'
refuses words base/plant.c '    /* plant_grow(tree, 3); */'
refuses words base/plant.c $'/* once:\n * if (tall) {\n */'
refuses words base/plant.c '    // height = 4;'
refuses words base/plant.c '#if 0'
accepts words base/plant.h $'/* Example:\n *\n *     plant_grow(tree, 3);\n */'
accepts words base/plant.c '/* a.b(c) says so; the rest is prose (mostly). */'
accepts words base/plant.c '    *height = tall(x);'

exit $failed
