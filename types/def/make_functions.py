#!/usr/bin/env python3
"""Writes functions.def: one row per SQL function that has code.

    make_functions.py PROC_TSV TYPE_TSV > functions.def

PROC_TSV: oid, proname, prosrc, prokind, strict (0/1), retset (0/1), result type, argument types,
argument type OIDs: from pg_proc. TYPE_TSV: the function names typinput, typoutput, typreceive,
typsend of pg_type, tab-separated, a type a line. Run from the project's root.
"""
import glob
import re
import subprocess
import sys


def scan():
    found = {}
    for path in sorted(set(glob.glob("types/*.c")) - {"types/fn.c"}):
        text = subprocess.run(["gcc", "-E", "-P", "-DFN_SCAN", "-D_GNU_SOURCE", "-I.",
                               "-I/usr/include/libxml2", path],
                              capture_output=True, text=True, check=True).stdout
        for m in re.finditer(r"@@(SCALAR|ALIAS|SET|NEXT|AGG)\s+(.*?)@@", text, re.S):
            found.setdefault(m.group(1), []).append((m.group(2).split(None, 1), path))
    return found


def normal(signature):
    return re.sub(r"[\s\"]+", "", signature)


def main():
    rows = [l.rstrip("\n").split("\t") for l in open(sys.argv[1])]
    io = [l.rstrip("\n").split("\t") for l in open(sys.argv[2])]
    generic = {}
    for line in io:
        for name, code in zip(line, ("input", "output", "receive", "send")):
            if name != "-":
                generic[name] = "type_" + code
    found = scan()
    scalar = {a[0]: a[0] for a, _ in found.get("SCALAR", [])}
    for (a, path) in found.get("ALIAS", []):
        scalar[a[0]] = a[1].strip()
    sets = {a[0] for a, _ in found.get("SET", [])}
    aggs = {}
    for (a, path) in found.get("AGG", []):
        text = "".join(re.findall(r'"([^"]*)"', a[1]))
        for signature in text.split(";"):
            if signature.strip():
                aggs[normal(signature)] = a[0]
    used = set()
    print("/* Written by make_functions.py. One row per SQL function that has code, by pg_proc OID. */")
    for r in sorted(rows, key=lambda x: int(x[0])):
        oid, name, src, kind, strict, retset, result, args = r[:8]
        flag = "true" if strict == "1" else "false"
        if kind == "a":
            code = aggs.get(normal(name + "(" + args + ")"))
            if code:
                used.add(normal(name + "(" + args + ")"))
                print(f"FN_AGG({oid}, \"{src}\", {code})")
        elif retset == "1":
            if src in sets:
                used.add(src)
                print(f"FN_SRF({oid}, \"{src}\", {src}, {flag})")
        elif src in scalar:
            used.add(src)
            print(f"FN(oid {oid}, \"{src}\", {scalar[src]}, {flag})".replace("oid ", ""))
        elif src in generic:
            print(f"FN({oid}, \"{src}\", {generic[src]}, {flag})")
    for name in sorted((set(scalar) | sets | set(aggs)) - used):
        if not name.startswith("type_"):
            print("no such function: " + name, file=sys.stderr)


main()
