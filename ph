#!/usr/bin/env bash
# ph: the project's one command. `./ph help` lists what it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
top=$PWD

BUILD_PACKAGES=(gcc libc6-dev pkg-config meson ninja-build ccache liburing-dev libssl-dev liblz4-dev
    libxxhash-dev libstemmer-dev libicu-dev libxml2-dev libcrypt-dev)
TEST_PACKAGES=(check libpq-dev libpg-query-dev libreadline8 openssl postgresql-client-15 python3)
TIDY_PACKAGES=(clang-format clang-tidy cppcheck python3)
BENCH_PACKAGES=(postgresql-15 postgresql-client-15 python3)

usage() {
    cat <<'TEXT'
usage: ./ph COMMAND

  run [ARGS]      build (release) and start build/phantom with ARGS; without -D on the directory data
  build [KIND]    release (default, build/), asan (build-asan/), tsan (build-tsan/),
                  coverage (build-cov/)
  test [SUITE]    everything a change must pass; or one suite: unit, tsan, tidy, or a folder of
                  regress/
  tidy            everything a tool can say: format, layers, calls, lengths, cppcheck, clang-tidy
  format          clang-format all sources in place
  bench [NAME]    side by side with PostgreSQL: oltp (default), queries, or another script of bench/
TEXT
}

# need PACKAGE...: installs the Debian packages that are missing.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "installing: ${missing[*]}" >&2
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' sh \
        "${missing[@]}" >&2
}

# configure DIR OPTION...: makes the build directory once; a change of options makes it again.
configure() {
    local dir=$1
    shift
    local wanted="$*"
    if [ -f "$dir/build.ninja" ] && [ "$(cat "$dir/.options" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    rm -rf "$dir"
    CC="ccache gcc" meson setup "$dir" "$@" >/dev/null
    echo "$wanted" >"$dir/.options"
}

build_kind() {
    need "${BUILD_PACKAGES[@]}"
    case ${1:-release} in
    release) configure build --buildtype=release -Dtests=disabled && ninja -C build ;;
    asan)
        need "${TEST_PACKAGES[@]}"
        # not optimized, lines alone as debug information: most of the time goes into building
        configure build-asan --buildtype=plain -Dc_args=-g1 -Db_sanitize=address,undefined \
            -Dstop_points=true -Dtests=enabled && ninja -C build-asan
        ;;
    tsan)
        need "${TEST_PACKAGES[@]}"
        configure build-tsan --buildtype=debug --optimization=1 -Db_sanitize=thread \
            -Dstop_points=true -Dtests=enabled && ninja -C build-tsan
        ;;
    coverage)
        need "${TEST_PACKAGES[@]}"
        configure build-cov --buildtype=debug -Db_coverage=true -Dstop_points=true \
            -Dtests=enabled && ninja -C build-cov
        ;;
    *)
        usage >&2
        return 2
        ;;
    esac || return # a caller's || turns set -e off in here
    [ "${1:-release}" != release ] || ln -sf pgwire/phantom build/phantom
}

# Says only what went wrong.
build_quietly() {
    local log status=0
    log=$(mktemp)
    (build_kind "$1") >"$log" 2>&1 || status=$?
    [ $status -eq 0 ] || { grep -E 'error|FAILED|ERROR' "$log" || tail "$log"; }
    rm -f "$log"
    return $status
}

# ---- test: each suite adds to these ----
passed=0
failed=0

count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
}

# Sanitizers see what moves through system calls, not what a ring writes: hence epoll.
test_unit() {
    local kind=$1
    echo "== unit tests ($kind)"
    build_quietly "$kind" || {
        count 0 1
        return
    }
    local log=build-$kind/unit.log
    PHANTOM_IO=epoll ASAN_OPTIONS=abort_on_error=0:detect_stack_use_after_return=0 \
        UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1 \
        meson test -C "build-$kind" --no-rebuild --print-errorlogs --num-processes "$(nproc)" \
        >"$log" 2>&1 || grep -vE '^ *[0-9]+/[0-9]+ .* OK ' "$log" | tail -n 120
    local ok bad
    ok=$(sed -n 's/^Ok: *\([0-9]*\).*/\1/p' "$log")
    bad=$(sed -nE 's/^(Fail|Timeout|Unexpected Pass): *([0-9]*).*/\2/p' "$log" | paste -sd+)
    if [ -z "$ok" ]; then
        count 0 1
    else
        count "$ok" "$((${bad:-0}))"
    fi
}

test_tidy() {
    echo "== layers, calls, lengths"
    local check
    for check in layers calls lengths; do
        if python3 "tools/$check.py"; then count 1 0; else count 0 1; fi
    done
}

# A suite of regress/ is a folder with an executable `run`. It gets the server's path in PHANTOM and
# ends its output with `N passed, N failed`. Its log is all it leaves: suites run side by side.
run_suite() {
    local log=build/regress-$1.log
    if PHANTOM=$PWD/build/phantom "regress/$1/run" >"$log" 2>&1; then :; else
        echo "regress/$1/run: exit status $?" >>"$log"
    fi
}

# Counts what run_suite left.
report_suite() {
    local log=build/regress-$1.log last
    echo "== regress: $1"
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1) || true
    if [ -z "$last" ]; then
        tail -n 40 "$log"
        count 0 1
        return
    fi
    local good=${last%% passed*} bad
    bad=${last#*passed, }
    bad=${bad%% failed*}
    [ "$bad" -eq 0 ] || grep -vE '^(ok|pass)' "$log" | tail -n 60
    count "$good" "$bad"
}

# All but the campaigns of random statements: sqlsmith, random.
regress_suites() {
    local run
    for run in regress/*/run; do
        case $run in regress/sqlsmith/run | regress/random/run) continue ;; esac
        [ -x "$run" ] && basename "$(dirname "$run")"
    done
    return 0
}

run_tests() {
    need "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
    case ${1:-all} in
    unit) test_unit asan ;;
    tsan) test_unit tsan ;;
    tidy) test_tidy ;;
    all)
        test_tidy
        test_unit asan
        local suite
        if build_quietly release; then
            export -f run_suite
            regress_suites | xargs -P "$(nproc)" -I '{}' bash -c 'run_suite {}'
            for suite in $(regress_suites); do report_suite "$suite"; done
        else
            count 0 1
        fi
        ;;
    *)
        [ -x "regress/$1/run" ] || {
            echo "ph: no suite \"$1\"" >&2
            return 2
        }
        build_kind release >/dev/null
        run_suite "$1"
        report_suite "$1"
        ;;
    esac
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# ---- tidy ----

sources() { git ls-files -co --exclude-standard '*.c' '*.h'; }

run_tidy() {
    need "${BUILD_PACKAGES[@]}" "${TIDY_PACKAGES[@]}"
    local status=0 check
    for check in layers calls lengths; do
        python3 "tools/$check.py" || status=1
    done
    echo "== clang-format"
    sources | xargs clang-format --dry-run --Werror 2>&1 | grep -E 'error:' | cut -d: -f1 |
        sort | uniq -c | sed 's/$/ (run ./ph format)/' | grep . && status=1
    echo "== cppcheck"
    sources | grep '\.c$' |
        xargs cppcheck -q -j "$(nproc)" --std=c11 --enable=warning,performance,portability \
            --inline-suppr --suppressions-list=tools/cppcheck.txt --error-exitcode=1 \
            -D_GNU_SOURCE -D__x86_64__ -I . || status=1
    echo "== clang-tidy"
    configure build --buildtype=release -Dtests=disabled
    sources | grep '\.c$' | grep -v '/tests/' |
        xargs -P "$(nproc)" -n 8 clang-tidy -p build --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null |
        grep -E 'warning:|error:' && status=1
    [ $status -eq 0 ] && echo "tidy: clean"
    return $status
}

run_bench() {
    need "${BUILD_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
    build_kind release >/dev/null
    local name=${1:-oltp} script
    for script in "bench/$name.py" "bench/$name.sh"; do
        [ ! -x "$script" ] || exec "$script" "${@:2}"
    done
    echo "ph: no benchmark \"$name\"" >&2
    return 2
}

# ---- run ----

# Without -D the data directory is data/ here.
run_server() {
    build_kind release >/dev/null
    local arguments=("$@") port=5432 user=postgres own=true i
    for ((i = 1; i <= $#; i++)); do
        case ${!i} in
        -D*) own=false ;;
        -p) i=$((i + 1)) && port=${!i} ;;
        -p*) port=${!i#-p} ;;
        -U) i=$((i + 1)) && user=${!i} ;;
        -U*) user=${!i#-U} ;;
        esac
    done
    ! $own || arguments=(-D "$top/data" "$@")
    echo "connect with: psql -h localhost -p $port -U $user postgres"
    exec build/phantom "${arguments[@]}"
}

command=${1:-help}
[ $# -gt 0 ] && shift
case $command in
run) run_server "$@" ;;
build) build_kind "$@" ;;
test) run_tests "$@" ;;
tidy) run_tidy ;;
format) need clang-format && sources | xargs clang-format -i ;;
bench) run_bench "$@" ;;
help | -h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
