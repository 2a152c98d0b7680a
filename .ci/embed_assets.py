#!/usr/bin/env python3
"""Turn files into rows of a C table of struct asset: as they are, and packed by gzip."""
import gzip
import hashlib
import os
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def literal(data):
    """Lines of a string literal; octal of three digits, so that no digit behind it counts."""
    for i in range(0, len(data), 64):
        yield '    "' + "".join(f"\\{b:03o}" for b in data[i:i + 64]) + '"\n'


out, files = sys.argv[1], sys.argv[2:]
rows = []
with open(out, "w", encoding="ascii") as f:
    for n, path in enumerate(sorted(files, key=os.path.basename)):
        with open(path, "rb") as asset:
            data = asset.read()
        packed = gzip.compress(data, 9, mtime=0)
        for name, part in (("plain", data), ("packed", packed)):
            f.write(f"static const char {name}_{n}[] =\n")
            f.writelines(literal(part))
            f.write("    ;\n")
        name = os.path.basename(path)
        tag = hashlib.sha256(data).hexdigest()[:16]
        rows.append(f'    {{"{name}", "{TYPES[os.path.splitext(name)[1]]}", "W/\\"{tag}\\"", '
                    f"{{plain_{n}, {len(data)}}}, {{packed_{n}, {len(packed)}}}}},\n")
    f.write("static const struct asset assets[] = {\n")
    f.writelines(rows)
    f.write("};\n")
