"""Tables with columns of every ordered type and indexes of every kind, and what has happened to their rows."""
import random

TYPES = {'id': 'integer', 'i2': 'smallint', 'i4': 'integer', 'i8': 'bigint', 'n': 'numeric(8,2)', 'f': 'double precision', 'r': 'real',
         't': 'text collate "C"', 'u': 'text collate "en-x-icu"', 'v': 'varchar(12)', 'c': 'char(4)', 'd': 'date', 'ts': 'timestamp', 'tz': 'timestamptz',
         'g': 'uuid', 'b': 'boolean', 'e': 'boolean'}
COLUMNS = list(TYPES)
WORDS = ['', 'a', 'A', 'ab', 'Ab', 'aB', 'abc', 'b', 'B', 'ba', 'x y', 'x_y', 'x%y', 'zz', 'Zz', 'é', 'ü', 'a ', 'a\u00df', '10', '9', '-1']
# Those that no row of a partition or a parent lacks; the sizes.
TABLES = {'big': 2500, 'mid': 300, 'few': 24, 'part': 800, 'heir': 500, 'wide': 1500}
EXPRESSIONS = ['lower(t)', '(i4 % 10)', '(i2 + i4 % 100)', '(i8 % 7)', '(t || v)', 'upper(u)', '(n * 2)', '(d + 1)', 'coalesce(i4, 0)', '(b and e)', '(i4 is null)']
PREDICATES = ['b', 'not b', 'e is true', 'i4 > 50', 'i4 is not null', 'i2 is null', 't is not null', 'n < 0', 'i2 in (1, 2, 3)', "t > 'a'", 'i4 > 10 and i4 < 90', 'i2 = 3 or i4 = 7',
              "d >= '2020-02-01'", 'b and i2 > 4', 'i8 < 20']


def value(rng, column):
    """A value as text without quotes, None for NULL."""
    if rng.random() < 0.13:
        return None
    if column == 'i2':
        return str(rng.choice((rng.randrange(12), rng.randrange(-3, 12), -32768, 32767)) if rng.random() < 0.9 else rng.randrange(100))
    if column == 'i4':
        return str(rng.randrange(120)) if rng.random() < 0.95 else rng.choice(('2147483647', '-2147483648', '-1'))
    if column == 'i8':
        return str(rng.randrange(40)) if rng.random() < 0.95 else rng.choice(('9223372036854775807', '-9223372036854775808', '4294967296', '2147483648'))
    if column == 'n':
        return '%.2f' % (rng.randrange(-80, 80) / 4) if rng.random() < 0.97 else 'NaN'
    if column in 'fr':
        return repr(rng.randrange(-80, 80) / 4) if rng.random() < 0.94 else rng.choice(('NaN', 'Infinity', '-Infinity', '0.1'))
    if column in 'tuvc':
        return rng.choice(WORDS)
    if column == 'd':
        return '2020-%02d-%02d' % (rng.randrange(1, 4), rng.randrange(1, 28)) if rng.random() < 0.97 else rng.choice(('infinity', '-infinity'))
    if column == 'ts':
        return '2020-%02d-%02d %02d:00' % (rng.randrange(1, 4), rng.randrange(1, 28), rng.choice((0, 0, 12))) if rng.random() < 0.97 else rng.choice(('infinity', '-infinity'))
    if column == 'tz':
        return '2020-%02d-%02d %02d:00+00' % (rng.randrange(1, 4), rng.randrange(1, 28), rng.choice((0, 5, 12)))
    if column == 'g':
        return '%08x-0000-4000-8000-00000000000%x' % (rng.randrange(3), rng.randrange(10))
    return rng.choice(('true', 'false'))


def quoted(text):
    return 'null' if text is None else "'" + text.replace("'", "''") + "'"


def rows(rng, count, first=1):
    """Rows as literals."""
    for i in range(first, first + count):
        yield '(' + ', '.join(str(i) if c == 'id' else quoted(value(rng, c)) for c in COLUMNS) + ')'


def index(rng, table):
    if rng.random() < 0.12:
        return f'create index on {table} using hash ({rng.choice(("i2", "i4", "i8", "t", "v", "g", "d", "lower(t)"))})'
    keys = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        key = rng.choice(EXPRESSIONS) if rng.random() < 0.15 else rng.choice([c for c in COLUMNS if c not in keys])
        keys.append(key + (rng.choice((' collate "C"', ' collate "en-x-icu"', ' text_pattern_ops')) if key in 'tuv' and rng.random() < 0.15 else ''))
    words = [k + rng.choice(('', '', '', ' desc', ' nulls first', ' desc nulls last')) for k in keys]
    more = f' include ({rng.choice([c for c in COLUMNS if c not in keys])})' if rng.random() < 0.1 else ''
    only = f' where {rng.choice(PREDICATES)}' if rng.random() < 0.22 else ''
    if table != 'part' and rng.random() < 0.1:
        return f'create unique index on {table} ({", ".join(words + ["id"])}){more}{only}'
    return f'create index on {table} ({", ".join(words)}){more}{only}'


def partitioned(rng):
    columns = ', '.join(f'{c} {t}' for c, t in TYPES.items())
    yield f'create table part ({columns}) partition by range (i4)'
    yield 'create table part1 partition of part for values from (minvalue) to (30)'
    yield 'create table part2 partition of part for values from (30) to (60) partition by list (i2)'
    yield 'create table part2a partition of part2 for values in (0, 1, 2, 3, null)'
    yield 'create table part2b partition of part2 default'
    yield 'create table part3 partition of part for values from (60) to (maxvalue) partition by hash (t)'
    yield 'create table part3a partition of part3 for values with (modulus 2, remainder 0)'
    yield 'create table part3b partition of part3 for values with (modulus 2, remainder 1)'
    yield 'create table part4 partition of part default'


def statements(seed):
    rng = random.Random(f'tables {seed}')
    out = []
    for table in TABLES:
        order = COLUMNS[1:]
        if table == 'wide':
            rng.shuffle(order)
        columns = ', '.join(f'{c} {TYPES[c]}{" not null" if table == "mid" and c in ("i2", "i4", "t", "d") else ""}' for c in order)
        if table == 'part':
            out += partitioned(rng)
        elif table == 'heir':
            out += [f'create table heir (id integer, {columns})', 'create table heir1 (id integer primary key, extra text) inherits (heir)', 'create table heir2 () inherits (heir)',
                    'alter table heir2 add column more text']
        else:
            out.append(f'create table {table} (id integer primary key, {columns}{", pad text" if table == "wide" else ""})')
    inserts = {t: [t] for t in TABLES}
    inserts['heir'] = ['heir', 'heir1', 'heir2']
    filled = []
    for table, parts in inserts.items():
        count = TABLES[table] // len(parts)
        for i, name in enumerate(parts):
            all_rows = list(rows(rng, count, 1 + i * count))
            if table == 'mid':
                all_rows = [r if ', null' not in r else '(' + ', '.join(str(k) if c == 'id' else quoted(value(rng, c) or '1') if c in ('i2', 'i4', 't')
                            else "'2020-01-05'" if c == 'd' else quoted(value(rng, c)) for c in COLUMNS) + ')' for k, r in enumerate(all_rows, 1)]
            filled += [f'insert into {name} ({", ".join(COLUMNS)}) values ' + ', '.join(all_rows[at:at + 250]) for at in range(0, count, 250)]
    filled.append("update wide set pad = repeat('p', 300)")
    indexes = []
    for table in ('big', 'mid', 'few', 'part', 'heir', 'heir1', 'heir2', 'wide', 'part2', 'part3a'):
        indexes += [index(rng, table) for _ in range(rng.choice((2, 4)) if table[-1].isdigit() or table[-1] in '23' or table == 'part3a' else rng.randrange(5, 14))]
    late = [i for i in indexes if rng.random() < 0.5]
    out += [i for i in indexes if i not in late] + filled
    if rng.random() < 0.7:
        out.append('analyze')
    return out + late
