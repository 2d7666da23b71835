#!/usr/bin/env python3
"""What stays of updates in place: sizes of data, log and table while clients update, with and without a long reader.

usage: bound.py [--minutes M] [--clients N] [--rows R] [--set NAME=VALUE]... [--samples S]

Three phases share the minutes: no reader, a REPEATABLE READ reader that stays open, no reader. At the
end of the second the reader reads everything again: the same sums, or "snapshot too old". A line a sample.
"""
import argparse
import os
import random
import sys
import threading
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(here), 'regress'))
from server import Phantom  # noqa: E402

SUMS = 'select count(*), sum(id), sum(v) from t'


class Updater(threading.Thread):
    def __init__(self, server, number, rows, until):
        super().__init__(daemon=True)
        self.server, self.rng, self.rows, self.until = server, random.Random(number), rows, until
        self.count = 0

    def run(self):
        client = self.server.connect(timeout=300)
        while not self.until.is_set():
            i = self.rng.randrange(1, self.rows + 1)
            pad = self.rng.randrange(50, 150)
            result = client.query(f"update t set v = v + 1, pad = repeat('y', {pad}) where id = {i}")
            if not result.error and self.rng.random() < 0.1:
                result = client.query(
                    f"begin; delete from t where id = {i}; insert into t values ({i}, 1, 'z'); commit")
            if result.error:
                if result.error['C'] not in ('23505', '40P01'):
                    print(result.error, flush=True)
                client.query('rollback')
            self.count += 1


def megabytes(server, log):
    total = 0
    for folder, _, files in os.walk(server.data):
        for name in files:
            if ('wal' in os.path.relpath(folder, server.data)) == log:
                try:
                    total += os.path.getsize(os.path.join(folder, name))
                except FileNotFoundError:
                    pass
    return total >> 20


def sample(server, client, phase, updaters):
    table, indexes = client.query("select pg_relation_size('t') / 1024, pg_indexes_size('t') / 1024").rows[0]
    print(f'{phase:12} {sum(u.count for u in updaters):10} updates  data {megabytes(server, False):5} MB'
          f'  log {megabytes(server, True):6} MB  table {table.decode()} kB  indexes {indexes.decode()} kB',
          flush=True)


def timed(client, sql):
    start = time.monotonic()
    result = client.query(sql)
    seconds = time.monotonic() - start
    return result, seconds


def phase(server, client, name, seconds, samples, updaters):
    reader = server.connect(timeout=3600)
    if name == 'long reader':
        reader.query('begin isolation level repeatable read')
        first = reader.query(SUMS).rows
    for _ in range(samples):
        time.sleep(seconds / samples)
        sample(server, client, name, updaters)
    if name == 'long reader':
        result, seconds = timed(reader, SUMS)
        answer = result.error['M'] if result.error else 'the same' if result.rows == first else f'WRONG: {result.rows}, was {first}'
        print(f'reader: {answer}, after {seconds:.2f} s', flush=True)
    reader.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('--clients', type=int, default=1)
    parser.add_argument('--rows', type=int, default=10000)
    parser.add_argument('--samples', type=int, default=6)
    parser.add_argument('--set', action='append', default=[])
    options = parser.parse_args()
    server = Phantom(options=[word for setting in options.set for word in ('-c', setting)])
    server.start()
    client = server.connect(timeout=300)
    client.query('create table t (id int primary key, v int, pad text); create index on t (v)')
    client.query(f"insert into t select g, g, repeat('x', 100) from generate_series(1, {options.rows}) g")
    until = threading.Event()
    updaters = [Updater(server, n, options.rows, until) for n in range(options.clients)]
    for updater in updaters:
        updater.start()
    for name in ('no reader', 'long reader', 'no reader'):
        phase(server, client, name, options.minutes * 20, options.samples, updaters)
    until.set()
    for updater in updaters:
        updater.join()
    time.sleep(3)
    sample(server, client, 'at rest', updaters)
    server.remove()


if __name__ == '__main__':
    main()
