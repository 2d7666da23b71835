#!/usr/bin/env python3
"""OLTP side by side: Phantom and PostgreSQL 15, both fully durable, in one run; prints ratios.

usage: oltp.py [--scale N] [--seconds S] [--rounds R] [--only NAME,...]

Every measurement alternates between the two servers, R rounds each; medians are compared. CPU is the
server processes' own (utime + stime) per transaction.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '..', 'regress'))
from server import Phantom, Postgres  # noqa: E402

TICK = os.sysconf('SC_CLK_TCK')


def tree_cpu(pid):
    """CPU seconds of a process and all its descendants, the dead ones that it reaped included."""
    total, todo = 0, [pid]
    while todo:
        p = todo.pop()
        try:
            fields = open(f'/proc/{p}/stat').read().rsplit(')', 1)[1].split()
            total += sum(int(fields[i]) for i in ((11, 12, 13, 14) if p == pid else (11, 12)))
            for task in os.listdir(f'/proc/{p}/task'):
                todo += [int(c) for c in open(f'/proc/{p}/task/{task}/children').read().split()]
        except (OSError, IndexError):
            pass
    return total / TICK


def pgbench(server, arguments):
    """(transactions per second, server CPU microseconds per transaction)"""
    before = tree_cpu(server.process.pid)
    run = subprocess.run(['pgbench', '-h', server.root, '-p', str(server.port), '-U', 'postgres', '-n']
                         + arguments + ['postgres'], capture_output=True, text=True)
    cpu = tree_cpu(server.process.pid) - before
    tps = re.search(r'^tps = ([\d.]+)', run.stdout, re.M)
    count = re.search(r'actually processed: (\d+)', run.stdout)
    if run.returncode or not tps or not int(count.group(1)):
        raise RuntimeError(f'pgbench {arguments}: {run.stderr.strip()[-400:]}')
    return float(tps.group(1)), cpu / int(count.group(1)) * 1e6


def copy_seconds(server, path, rows):
    client = server.connect(timeout=1200)
    client.query('drop table if exists copied')
    client.query('create table copied (id int, name text, amount int, noted timestamp)')
    begin = time.monotonic()
    subprocess.run(['psql', '-h', server.root, '-p', str(server.port), '-U', 'postgres', '-q', '-v',
                    'ON_ERROR_STOP=1', '-c', f"\\copy copied from '{path}'", 'postgres'], check=True)
    seconds = time.monotonic() - begin
    count = client.query('select count(*) from copied').rows
    assert count == [[str(rows).encode()]], count
    client.query('drop table copied')
    client.close()
    return seconds


def compare(name, servers, rounds, measure):
    samples = {label: [] for label in servers}
    for _ in range(rounds):
        for label, server in servers.items():
            samples[label].append(measure(server))
    ours, theirs = ([statistics.median(s[i] for s in samples[label]) for i in (0, 1)]
                    for label in ('phantom', 'postgres'))
    print(f'{name:34s} {ours[0]:9.0f} {theirs[0]:9.0f} {ours[0] / theirs[0]:6.2f}x'
          f'   {ours[1]:7.1f} {theirs[1]:7.1f} {ours[1] / max(theirs[1], 0.01):6.2f}', flush=True)


def script(text):
    f = tempfile.NamedTemporaryFile('w', suffix='.sql', delete=False)
    f.write(text)
    f.close()
    os.chmod(f.name, 0o644)
    return f.name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--scale', type=int, default=20)
    parser.add_argument('--seconds', type=int, default=5)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--copy-rows', type=int, default=10000000)
    parser.add_argument('--only', default='')
    options = parser.parse_args()
    only = [n for n in options.only.split(',') if n]
    servers = {'phantom': Phantom(options=['-c', 'shared_buffers=1GB', '-c', 'max_wal_size=4GB']),
               'postgres': Postgres()}
    servers['phantom'].start()
    try:
        for server in servers.values():
            subprocess.run(['pgbench', '-h', server.root, '-p', str(server.port), '-U', 'postgres', '-i',
                            '-q', '-s', str(options.scale), 'postgres'], check=True, capture_output=True)
            client = server.connect()
            client.query('create table single (id bigserial primary key, a int, b text)')
            client.close()
        insert = script("\\set a random(1, 1000000)\ninsert into single (a, b) values (:a, 'some text');\n")
        pipeline = script('\\startpipeline\n' + ''.join(
            f'\\set a{i} random(1, {options.scale * 100000})\n'
            f'select abalance from pgbench_accounts where aid = :a{i};\n' for i in range(50))
            + '\\endpipeline\n')
        runs = []
        for mode in ('simple', 'extended', 'prepared'):
            for kind in ('-S', '-N', '-b tpcb'):
                for clients in (1, 16, 64):
                    runs.append((f'{kind} {mode} {clients}',
                                 (['-b', 'tpcb-like'] if 'tpcb' in kind else [kind])
                                 + ['-M', mode, '-c', str(clients)]))
        runs.append(('insert prepared 32', ['-f', insert, '-M', 'prepared', '-c', '32']))
        runs.append(('pipeline prepared 4', ['-f', pipeline, '-M', 'prepared', '-c', '4']))
        print(f'{"":34s} {"phantom":>9s} {"postgres":>9s} {"ratio":>7s}   {"CPU us a transaction":>24s}')
        for name, arguments in runs:
            if only and not any(o in name for o in only):
                continue
            if not only and 'prepared' not in name and not name.startswith('-S'):
                continue
            compare(name, servers, options.rounds,
                    lambda server: pgbench(server, arguments + ['-j', '1', '-T', str(options.seconds)]))
        if (not only or 'copy' in only) and options.copy_rows:
            path = script('')
            with open(path, 'w') as f:
                for i in range(options.copy_rows):
                    f.write(f'{i}\tname {i % 1000}\t{i * 7 % 10007}\t2024-01-01 00:00:{i % 60:02d}\n')
            seconds = {label: [] for label in servers}
            for _ in range(options.rounds):
                for label, server in servers.items():
                    seconds[label].append(copy_seconds(server, path, options.copy_rows))
            ours, theirs = (statistics.median(seconds[label]) for label in ('phantom', 'postgres'))
            print(f'COPY of {options.copy_rows} rows: {ours:.1f} s, PostgreSQL {theirs:.1f} s: '
                  f'{theirs / ours:.2f}x  (rounds: '
                  + ', '.join(f'{p:.1f} {q:.1f}' for p, q in zip(seconds["phantom"], seconds["postgres"]))
                  + ')', flush=True)
            os.unlink(path)
        for server in servers.values():
            sums = server.connect().query(
                'select (select sum(abalance) from pgbench_accounts), (select sum(tbalance) from '
                'pgbench_tellers), (select sum(bbalance) from pgbench_branches), (select sum(delta) from '
                'pgbench_history)').rows
            print('sums', sums)
    finally:
        for server in servers.values():
            server.remove()


if __name__ == '__main__':
    main()
