#!/usr/bin/env bash
# The ceiling of point selects: pgbench -S against bench/null_server.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
port=54871
build/bench/null_server "$dir" $port 1 fiber &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$dir"' EXIT
sleep 0.3
for mode in prepared simple; do
    for clients in 1 16 64; do
        tps=$(pgbench -h "$dir" -p $port -U postgres -S -n -M $mode -c $clients -j 1 -T 5 null 2>&1 |
            sed -n 's/^tps = \([0-9]*\).*/\1/p')
        printf 'null server, -M %-8s %3d clients: %7d transactions/s\n' $mode $clients "$tps"
    done
done
