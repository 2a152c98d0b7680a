#!/usr/bin/env python3
"""Turn NNNN_name.sql files into rows {version, name, text} of a C table."""
import os
import re
import sys

out, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
with open(out, "w", encoding="utf-8") as f:
    for expected, path in enumerate(files, 1):
        name = os.path.basename(path)
        version = int(re.match(r"(\d{4})_[a-z0-9_]+\.sql$", name).group(1))
        if version != expected:
            sys.exit(f"{name}: migrations are numbered without gaps, expected {expected:04d}")
        f.write(f'{{{version}, "{name}",\n')
        with open(path, encoding="utf-8") as sql:
            for line in sql:
                text = line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"')
                f.write(f'    "{text}\\n"\n')
        f.write("},\n")
