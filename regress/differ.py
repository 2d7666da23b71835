#!/usr/bin/env python3
"""Runs SQL files on Phantom and on PostgreSQL, statement by statement, and reports every difference.

usage: differ.py --phantom HOST:PORT:USER:DB --postgres HOST:PORT:USER:DB [--binary] [--quiet] FILE...

HOST may be a socket directory. Compared: column names, type OIDs and typmods, rows in order, command
tags, errors (severity, SQLSTATE, message, detail, hint, position, names), notices, transaction status.
Lines of a file that say how to compare the next statement:
    -- unordered       rows in any order
    -- any-error-text  an error must have the same SQLSTATE only
    -- skip            not run (the reason stands behind it)
With --binary each statement goes through the extended protocol with binary results too.
Exit code 0: all agree.
"""
import argparse
import sys

from pgclient import Client, split_statements


def connect(where):
    host, port, user, database = where.split(':')
    client = Client(host, int(port), user, database)
    for setting in ("timezone = 'America/New_York'", "lc_messages = 'C'", 'extra_float_digits = 1'):
        client.query('set ' + setting)
    return client


def directives(statement):
    found = set()
    for line in statement.split('\n'):
        line = line.strip()
        if line.startswith('--'):
            found.add(line[2:].split(':')[0].split('(')[0].strip())
    return found


def normal(result, how):
    columns, rows, tags, error, notices, status = result.key()
    if 'unordered' in how:
        rows = sorted(rows, key=repr)
    if 'any-error-text' in how and error:
        error = error.get('C')
    return columns, rows, tags, error, notices, status


def show(result):
    if result.error:
        return 'ERROR ' + repr({k: v for k, v in result.error.items() if k in 'SCMDHPWstcdn'})
    text = f'{result.tags} {[c[:3] for c in result.columns or []]}'
    for row in result.rows[:12]:
        text += '\n        ' + ' | '.join('NULL' if v is None else v.decode('utf8', 'replace') for v in row)
    for notice in result.notices:
        text += '\n        NOTICE ' + repr({k: v for k, v in notice.items() if k in 'SCMDH'})
    return text


def run_file(path, options, totals):
    clients = [connect(options.phantom), connect(options.postgres)]
    bad = 0
    for statement, data, line in split_statements(open(path, encoding='utf8').read()):
        how = directives(statement)
        if any(h.startswith('skip') for h in how):
            continue
        totals[0] += 1
        try:
            results = [c.query(statement, data) for c in clients]
        except (ConnectionError, OSError) as e:
            print(f'{path}:{line}: connection lost ({e})\n    {statement}')
            totals[1] += 1
            clients = [connect(options.phantom), connect(options.postgres)]
            continue
        if normal(results[0], how) != normal(results[1], how):
            bad += 1
            if not options.quiet:
                print(f'{path}:{line}: {statement}\n    phantom  {show(results[0])}\n'
                      f'    postgres {show(results[1])}')
            continue
        if options.binary and results[0].columns and statement.lstrip().lower().startswith(('select', 'values', 'with')):
            results = [c.query_binary(statement) for c in clients]
            if normal(results[0], how) != normal(results[1], how):
                bad += 1
                print(f'{path}:{line}: binary: {statement}\n    phantom  {results[0].key()[1:4]}\n'
                      f'    postgres {results[1].key()[1:4]}')
    totals[1] += bad
    for client in clients:
        client.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--phantom', required=True)
    parser.add_argument('--postgres', required=True)
    parser.add_argument('--binary', action='store_true')
    parser.add_argument('--quiet', action='store_true')
    parser.add_argument('files', nargs='+')
    options = parser.parse_args()
    totals = [0, 0]
    for path in options.files:
        before = list(totals)
        run_file(path, options, totals)
        print(f'{path}: {totals[0] - before[0] - (totals[1] - before[1])} of {totals[0] - before[0]} agree')
    print(f'{totals[0] - totals[1]} passed, {totals[1]} failed')
    return 1 if totals[1] else 0


if __name__ == '__main__':
    sys.exit(main())
