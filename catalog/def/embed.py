#!/usr/bin/env python3
"""embed.py OUTPUT FILE...: SQL files as C string literals, one array each, named by their stems."""
import os
import sys

with open(sys.argv[1], "w") as out:
    for path in sys.argv[2:]:
        name = os.path.splitext(os.path.basename(path))[0]
        out.write(f"static const char script_{name}[] =\n")
        for line in open(path):
            line = line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"')
            out.write(f'    "{line}\\n"\n')
        out.write("    ;\n")
