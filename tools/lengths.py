#!/usr/bin/env python3
"""Functions of at most 70 lines, files of at most 1,500. tools/lengths.txt lists what is longer, as
`lines path` or `lines path:function`; an entry may shrink and go, not grow.

    lengths.py            check
    lengths.py --shrink   lower the entries to what the sources have now
"""
import re
import sys

import source

FUNCTION_MAX = 70
FILE_MAX = 1500
LIST = source.TOP / "tools" / "lengths.txt"

# Sources are formatted: a function's body opens at the end of a line that began at column 0 (or
# continues one that did), and closes with a brace in column 0.
NAME = re.compile(r"(\w+)\s*\(")
NOT_FUNCTION = re.compile(r"^(struct|union|enum|typedef|extern \"C\")\b[^()]*\{$|=\s*\{?$")


def functions(path):
    """(name, lines) of each function defined in a file."""
    lines = source.code_of(path).split("\n")
    start = None
    for i, line in enumerate(lines):
        if line[:1].isalpha() or line[:1] == "_":
            start = i
        if start is not None and line == "}":
            head = " ".join(lines[start:i])
            brace = head.find("{")
            name = NAME.search(head[:brace])
            if name and not NOT_FUNCTION.search(head[:brace + 1].rstrip()):
                yield name.group(1), i - start + 1
            start = None


def too_long():
    found = {}
    for path in source.files():
        if source.module_of(path) is None:
            continue
        count = source.text_of(path).count("\n")
        if count > FILE_MAX:
            found[path] = count
        if path.endswith(".c"):
            for name, length in functions(path):
                if length > FUNCTION_MAX:
                    found[f"{path}:{name}"] = length
    return found


def allowed():
    entries = {}
    if LIST.exists():
        for line in LIST.read_text().split("\n"):
            if line and not line.startswith("#"):
                count, place = line.split()[:2]
                entries[place] = int(count)
    return entries


def shrink(found, listed):
    head = [line for line in LIST.read_text().split("\n") if line.startswith("#")]
    kept = {place: min(count, found[place]) for place, count in listed.items() if place in found}
    rows = [f"{count} {place}" for place, count in sorted(kept.items())]
    LIST.write_text("\n".join(head + rows) + "\n")


def main():
    found, listed = too_long(), allowed()
    if "--shrink" in sys.argv:
        shrink(found, listed)
        listed = allowed()
    problems = [f"{place}: {count} lines, at most {listed.get(place, 'the limit')}"
                for place, count in sorted(found.items()) if count > listed.get(place, 0)]
    return source.report("lengths", problems)


if __name__ == "__main__":
    sys.exit(main())
