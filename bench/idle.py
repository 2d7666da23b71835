#!/usr/bin/env python3
"""What an idle connection costs, and whether a new one still answers at once.

usage: idle.py [--connections N] [--query SQL]

Opens N sessions (each runs SQL once where given), and prints the growth of the server's memory a
connection (resident; the kernel's sockets come on top) and how long a new connection takes to its
first answer.
"""
import argparse
import os
import resource
import statistics
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '..', 'regress'))
from server import Phantom  # noqa: E402


def resident_bytes(pid):
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as rollup:
        for line in rollup:
            if line.startswith('Rss:'):
                return int(line.split()[1]) * 1024
    raise RuntimeError('no Rss')


def connect(server, query):
    client = server.connect(timeout=60)
    if query:
        result = client.query(query)
        assert result.error is None, result.error
    return client


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--connections', type=int, default=10000)
    parser.add_argument('--query')
    options = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    server = Phantom(options=['-c', f'max_connections={options.connections + 400}'])
    try:
        server.start()
        for client in [connect(server, options.query) for _ in range(200)]:
            client.close()
        time.sleep(1)
        before = resident_bytes(server.process.pid)
        begin = time.monotonic()
        clients = [connect(server, options.query) for _ in range(options.connections)]
        seconds = time.monotonic() - begin
        time.sleep(1)
        after = resident_bytes(server.process.pid)
        answers = []
        for _ in range(100):
            begin = time.monotonic()
            connect(server, 'select 1').close()
            answers.append((time.monotonic() - begin) * 1000)
        print(f'{len(clients)} connections, {seconds / len(clients) * 1e6:.0f} us each to open: '
              f'{(after - before) / len(clients):.0f} bytes each; a new one answers in '
              f'{statistics.median(answers):.2f} ms (median), {max(answers):.2f} ms (worst of 100)')
    finally:
        server.remove()


if __name__ == '__main__':
    main()
