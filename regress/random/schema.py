"""The tables that the statements read: `v` with a column of every type and of arrays of it, and small ones to be joined."""
import random

from values import VALUES

MAKE = '''
create type mood as enum ('sad', 'ok', 'happy');
create domain posint as integer check (value > 0);
create domain shorttext as character varying(5) default 'd';
create type pair as (a integer, b text);
create type moodrange as range (subtype = mood);
create table a (id integer primary key, k integer, t text, n numeric(8,2), b boolean, d date);
create table b (id integer primary key, k integer, t text collate "C", x bigint, ts timestamp);
create table c (k integer, t text, j jsonb, arr integer[]);
create table e (id integer, k integer, t text);
create table w (id serial primary key, k integer unique, t text default 'def', n numeric(5,1) check (n < 1000), m mood not null default 'ok',
    g integer generated always as (k * 2) stored, p posint);
create index on a (k, t);
create index on b (k);
create index on b (t desc nulls last) where k > 0;
create index on c (lower(t))'''

ROWS = 24
NO_ARRAY = {'cstring', 'int2vector', 'oidvector', 'refcursor', 'posint', 'shorttext'}
NO_COLUMN = {'cstring'}


def quote(text):
    """As a literal; the values double their quotes themselves."""
    return "'" + text.replace("''", "'").replace("'", "''") + "'"


def element(value):
    return 'NULL' if value is None else '"' + value.replace("''", "'").replace('\\', '\\\\').replace('"', '\\"') + '"'


def array_values(name, values):
    """Arrays of a type: empty, one, several with NULL, two dimensions, own bounds."""
    mark = ';' if name == 'box' else ','
    pick = (values * 4)[:8]

    def braces(items):
        return '{' + mark.join(element(i) for i in items) + '}'
    return ['{}', braces(pick[:1]), braces(pick[1:4] + [None]), '{' + mark.join((braces(pick[:2]), braces(pick[2:4]))) + '}',
            '[0:1]=' + braces(pick[3:5]), '{NULL}', braces(pick[2:7]), braces(values[-3:])]


def all_values():
    out = dict(VALUES)
    for name, values in VALUES.items():
        if name not in NO_ARRAY:
            out[name + '[]'] = array_values(name, values)
    return out


def column(name):
    plain = ''.join(c if c.isalnum() else '_' for c in name.replace('"char"', 'ch').replace('[]', '_a'))
    return 'c_' + plain


def statements(seed):
    rng = random.Random(seed)
    values = all_values()
    names = [n for n in values if n not in NO_COLUMN]
    out = MAKE.strip().split(';\n')
    types = {'character': 'character(3)', 'character[]': 'character(3)[]'}
    out.append('create table v (id integer primary key, ' + ', '.join(f'{column(n)} {types.get(n, n)}' for n in names) + ')')
    for row in range(1, ROWS + 1):
        cells = [str(row)]
        for name in names:
            value = values[name][(row - 1) % len(values[name])] if row <= 8 else rng.choice(values[name])
            if rng.random() < 0.12:
                cells.append('null')
            else:
                cells.append(quote(value))
        out.append('insert into v values (' + ', '.join(cells) + ')')
    words = ['x', 'y', 'zz', 'Abc', 'abc', '', 'q%', 'long text here']

    def maybe(value):
        return 'null' if rng.random() < 0.15 else value
    for i in range(1, 31):
        out.append(f"insert into a values ({i}, {maybe(rng.randrange(8))}, {maybe(quote(rng.choice(words)))}, {maybe('%.2f' % (rng.randrange(-900, 900) / 4))}, "
                   f"{maybe(rng.choice(('true', 'false')))}, {maybe(quote('2020-0%d-1%d' % (rng.randrange(1, 4), rng.randrange(9))))})")
        out.append(f"insert into b values ({i + 3}, {maybe(rng.randrange(10))}, {maybe(quote(rng.choice(words)))}, {maybe(rng.randrange(-3, 12))}, "
                   f"{maybe(quote('2020-01-0%d 1%d:00' % (rng.randrange(1, 4), rng.randrange(9))))})")
        if i % 2:
            out.append(f"insert into c values ({maybe(rng.randrange(6))}, {maybe(quote(rng.choice(words)))}, "
                       f"{maybe(quote(rng.choice(values['jsonb'])))}, {maybe(quote('{%d,%d}' % (rng.randrange(6), rng.randrange(6))))})")
        if i % 3 == 0:
            out.append(f"insert into w (k, t, n, p) values ({i}, {maybe(quote(rng.choice(words)))}, {maybe('%.1f' % (i * 1.5))}, {maybe(i)})")
    return out + ['analyze']
