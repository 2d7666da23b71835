#!/usr/bin/env python3
"""Writes unicode_norm.def: what the normalization forms of Unicode need, from Python's unicodedata (14.0,
the version of PostgreSQL 15).

    make_unicode.py > unicode_norm.def

UNICODE_CHAR(code, combining class, compatibility only, count of decomposed characters, their place)
UNICODE_PART(code), the decomposed characters in one list
UNICODE_PAIR(first, second, composed), sorted
"""
import sys
import unicodedata as u

parts, chars, pairs = [], [], []
for code in range(0x110000):
    if 0xAC00 <= code <= 0xD7A3 or 0xD800 <= code <= 0xDFFF:
        continue
    c = chr(code)
    decomposition, cls = u.decomposition(c), u.combining(c)
    compat = decomposition.startswith('<')
    codes = [int(x, 16) for x in decomposition.split() if not x.startswith('<')]
    if not codes and not cls:
        continue
    chars.append((code, cls, int(compat), len(codes), len(parts)))
    parts += codes
    if len(codes) == 2 and not compat and u.normalize('NFC', c) == c:
        pairs.append((codes[0], codes[1], code))


def rows(name, values):
    line = ''
    for v in values:
        item = name + '(' + ', '.join(f'0x{x:x}' if i == 0 else (f'0x{x:x}' if name == 'UNICODE_PAIR' else str(x))
                                      for i, x in enumerate(v)) + ') '
        if len(line) + len(item) > 100:
            print(line.rstrip())
            line = ''
        line += item
    print(line.rstrip())


assert u.unidata_version == '14.0.0', u.unidata_version
print('/* Written by make_unicode.py. */')
print('#ifdef UNICODE_CHAR')
rows('UNICODE_CHAR', chars)
print('#endif\n#ifdef UNICODE_PART')
rows('UNICODE_PART', [(p,) for p in parts])
print('#endif\n#ifdef UNICODE_PAIR')
rows('UNICODE_PAIR', sorted(pairs))
print('#endif')
