#!/usr/bin/env python3
"""Includes point downward only: a file includes headers of its own layer and of those below."""
import re
import sys

import source

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def main():
    problems = []
    for path in source.files((".c", ".h", ".def")):
        module = source.module_of(path)
        if module is None:
            continue
        rank = source.MODULES.index(module)
        for match in INCLUDE.finditer(source.text_of(path)):
            header = match.group(1)
            line = source.text_of(path).count("\n", 0, match.start()) + 1
            if "/" not in header:
                problems.append(f"{path}:{line}: include \"{header}\" by its full path")
                continue
            target = source.module_of(header)
            if target is not None and source.MODULES.index(target) > rank:
                problems.append(f"{path}:{line}: {module} may not include {header}")
            if target != module and header.endswith("_int.h"):
                problems.append(f"{path}:{line}: {header} is private to {target}")
    return source.report("layers", problems)


if __name__ == "__main__":
    sys.exit(main())
