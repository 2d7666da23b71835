"""What the checks share: the project's sources, and C text without comments and strings."""
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
MODULES = ["base", "runtime", "wal", "engine", "mvcc", "catalog", "types", "planner", "executor",
           "pgwire"]

_TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(suffixes=(".c", ".h")):
    """Paths relative to the top, those that git knows or would add."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP,
                            capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted(p for p in listed if p.endswith(suffixes) and (TOP / p).exists())


def module_of(path):
    """The layer that a file belongs to; None outside them."""
    first = path.split("/", 1)[0]
    return first if first in MODULES else None


def is_test(path):
    return "/tests/" in path


def text_of(path):
    return (TOP / path).read_text(encoding="utf-8")


def code_of(path):
    """The text with comments and strings blanked, lines kept."""
    def blank(match):
        token = match.group(0)
        keep = token[0] if token[0] in "\"'" else ""
        return keep + re.sub(r"[^\n]", " ", token[len(keep):len(token) - len(keep)]) + keep
    return _TOKENS.sub(blank, text_of(path))


def report(name, problems):
    for problem in problems:
        print(problem)
    print(f"{name}: {len(problems)} problems" if problems else f"{name}: clean")
    return 1 if problems else 0
