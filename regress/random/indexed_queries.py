"""Statements whose conditions and orders meet the indexes of indexed_tables."""
import random

from indexed_tables import COLUMNS, EXPRESSIONS, PREDICATES, TABLES, WORDS, quoted, value
from tree import Node, clause

FAMILIES = [(('i2', 'i4', 'i8'), ('smallint', 'integer', 'bigint', 'numeric', 'float8', '')), (('n',), ('numeric', 'integer', 'float8', '')),
            (('f', 'r'), ('float8', 'real', 'numeric', '')), (('t', 'v'), ('text', 'varchar', 'name', '')), (('u',), ('text', 'varchar', '')), (('c',), ('char(4)', 'text', 'varchar', '')),
            (('d', 'ts', 'tz'), ('date', 'timestamp', 'timestamptz', '')), (('g',), ('uuid', '')), (('b', 'e'), ('boolean', ''))]
SETTINGS = ['seqscan', 'indexscan', 'indexonlyscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin', 'nestloop', 'incremental_sort', 'hashagg', 'material', 'memoize',
            'partitionwise_join']
COMPARISONS = [' = ', ' = ', ' < ', ' <= ', ' > ', ' >= ', ' <> ']


class Script:
    """What is sent, step by step; whether rows have an order."""

    def __init__(self, steps, ordered):
        self.tree = Node('script', [s if isinstance(s, Node) else Node('step', [s], () if s.startswith(('begin', 'rollback')) else ('',)) for s in steps])
        self.ordered = ordered

    def texts(self):
        return [t for t in map(str, self.tree.parts) if t]


class Maker:
    def __init__(self, rng, parameters=False):
        self.rng, self.number = rng, 0
        self.parameters = [] if parameters else None

    # ---- values ----

    def family(self, column):
        return next(f for f in FAMILIES if column in f[0])

    def text(self, column):
        family = self.family(column)[0]
        out = value(self.rng, self.rng.choice(family) if self.rng.random() < 0.3 else column)
        return out

    def literal(self, column, parameter=True):
        """A value of the column's family; some as a parameter, some of another type."""
        rng = self.rng
        text = self.text(column)
        kind = rng.choice(self.family(column)[1]) if rng.random() < 0.4 else ''
        if column in 'bceg' or column in ('d', 'ts', 'tz') and text and 'inf' in text:
            kind = ''
        if kind in ('smallint', 'integer', 'bigint') and text is not None:
            text = str(rng.randrange(60)) if column not in ('n', 'f', 'r') else str(rng.randrange(-20, 20))
        elif kind in ('numeric', 'float8', 'real') and text is not None and rng.random() < 0.6:
            text = rng.choice(('3', '5.5', '-0.5', '10', '7.25', '0', '1e10', 'NaN', '30'))
        if parameter and self.parameters is not None and rng.random() < 0.5 and len(self.parameters) < 6:
            kind = kind or {'c': 'char(4)', 't': 'text', 'u': 'text', 'v': 'varchar', 'i2': 'smallint', 'i4': 'integer', 'i8': 'bigint', 'n': 'numeric', 'f': 'float8', 'r': 'real',
                            'd': 'date', 'ts': 'timestamp', 'tz': 'timestamptz', 'g': 'uuid', 'b': 'boolean', 'e': 'boolean'}[column]
            self.parameters.append((kind, column, text))
            return f'${len(self.parameters)}'
        if text is None:
            return 'null'
        if kind:
            return f'{quoted(text)}::{kind}'
        if column in ('i2', 'i4', 'i8') and not text.startswith('-') and rng.random() < 0.8 and text.isdigit():
            return text
        return quoted(text)

    def arguments(self):
        """Values of the parameters for another run."""
        out = []
        for kind, column, text in self.parameters:
            if self.rng.random() < 0.5:
                if kind in ('smallint', 'integer', 'bigint', 'numeric'):
                    text = str(self.rng.randrange(40))
                elif kind not in ('float8', 'real', 'date', 'timestamp', 'timestamptz'):
                    text = value(self.rng, column)
            out.append(quoted(text))
        return ', '.join(out)

    # ---- conditions ----

    def column(self, aliases):
        alias = self.rng.choice(aliases)
        return alias, self.rng.choice(COLUMNS) if self.rng.random() < 0.8 else self.rng.choice(('i4', 'i2', 't', 'i8'))

    def name(self, alias, column):
        return f'{alias}.{column}'

    def node(self, *parts):
        return Node('b', list(parts), ('true', 'false'))

    def other(self, aliases, column, outer):
        """What a column is compared with."""
        rng = self.rng
        if outer and rng.random() < 0.6:
            return f'{rng.choice(outer)}.{rng.choice(self.family(column)[0] if column != "id" else ("id", "i4"))}'
        if column != 'id' and rng.random() < 0.06:
            return f'{rng.choice(aliases)}.{rng.choice(self.family(column)[0])}'
        if column == 'id':
            return str(rng.randrange(300)) if rng.random() < 0.8 else str(rng.randrange(2600))
        return self.literal(column)

    def leaf(self, aliases, outer=()):
        rng = self.rng
        alias, column = self.column(aliases)
        me = self.name(alias, column)
        r = rng.random()
        if column in ('b', 'e') and r < 0.75:
            return self.node(rng.choice((me, f'not {me}', f'{me} is true', f'{me} is not true', f'{me} is false', f'{me} = true', f'{me} is unknown', f'{me} is not unknown')))
        if r < 0.38:
            other = self.other(aliases, column, outer)
            sides = (me, other) if rng.random() < 0.85 else (other, me)
            return self.node(sides[0], rng.choice(COMPARISONS), sides[1])
        if r < 0.48:
            return self.between(me, aliases, column, outer)
        if r < 0.6:
            return self.listed(me, column)
        if r < 0.66:
            return self.node(me, rng.choice((' is null', ' is not null')))
        if r < 0.82:
            return self.row(alias, aliases, outer)
        if r < 0.88 and column in 'tuv':
            return self.node(me, rng.choice((' like ', ' like ', ' not like ', ' ilike ', ' ^@ ')), rng.choice(("'a%'", "'ab%'", "'%b'", "'x_y'", "'x\\_y'", "'A%b'", "''", "'a'", "'é%'")))
        if r < 0.92:
            return self.node(rng.choice(PREDICATES) if len(aliases) == 1 and not outer else me + ' is not null')
        if r < 0.96 and len(aliases) == 1 and not outer:
            return self.computed()
        return self.node(me, f' {rng.choice(("is distinct from", "is not distinct from"))} ', self.other(aliases, column, outer))

    def computed(self):
        e = self.rng.choice(EXPRESSIONS)
        if e in ('(b and e)', '(i4 is null)'):
            return self.node(self.rng.choice((e, f'not {e}')))
        like = {'lower(t)': 't', '(t || v)': 't', 'upper(u)': 'u', '(n * 2)': 'n', '(d + 1)': 'd', '(i8 % 7)': 'i8'}.get(e, 'i4')
        if self.rng.random() < 0.2:
            return self.node(e, ' is null')
        return self.node(e, self.rng.choice(COMPARISONS), self.literal(like))

    def between(self, me, aliases, column, outer):
        low, high = self.other(aliases, column, outer), self.other(aliases, column, outer)
        r = self.rng.random()
        if r < 0.6:
            return self.node(me, self.rng.choice((' between ', ' between ', ' between symmetric ', ' not between ')), low, ' and ', high)
        ops = self.rng.choice(((' > ', ' < '), (' >= ', ' < '), (' > ', ' <= '), (' > ', ' > ')))
        return self.node('(', self.node(me, ops[0], low), ' and ', self.node(me, ops[1], high), ')')

    def listed(self, me, column):
        rng = self.rng
        if column == 'id':
            return self.node(me, ' in (', ', '.join(str(rng.randrange(400)) for _ in range(rng.choice((1, 2, 5)))), ')')
        count = rng.choice((1, 2, 3, 3, 6))
        r = rng.random()
        if r < 0.6:
            return self.node(me, rng.choice((' in (', ' in (', ' in (', ' not in (')), ', '.join(self.literal(column, r < 0.2) for _ in range(count)), ')')
        kind = {'i2': 'smallint', 'i4': 'integer', 'i8': 'bigint', 'n': 'numeric', 'f': 'float8', 'r': 'real', 'd': 'date', 'ts': 'timestamp', 'tz': 'timestamptz', 'g': 'uuid', 'c': 'char(4)',
                'b': 'boolean', 'e': 'boolean'}.get(column, 'text')
        items = ','.join('NULL' if t is None else '"' + t + '"' for t in (value(rng, column) for _ in range(count)))
        if rng.random() < 0.2 and column in ('i2', 'i4', 'i8'):
            kind, items = rng.choice((('bigint', '3,70000000000,5'), ('smallint', '1,2,NULL'), ('integer', '100000,7,8'), ('integer', ''))), None
            kind, items = kind
        return self.node(me, rng.choice((' = any (', ' = any (', ' = any (', ' < any (', ' <> all (', ' > all (')), f"'{{{items}}}'::{kind}[])")

    def row(self, alias, aliases, outer):
        """A row comparison, mostly of one table's columns with values."""
        rng = self.rng
        columns = rng.sample(COLUMNS, rng.choice((2, 2, 3)))
        left = ', '.join(f'{alias}.{c}' for c in columns)
        right = ', '.join(self.other(aliases, c, outer) for c in columns)
        op = rng.choice((' < ', ' <= ', ' > ', ' >= ', ' = ', ' < ', ' > ', ' <> '))
        if rng.random() < 0.15:
            rights = ', '.join('(' + ', '.join(self.other(aliases, c, outer) for c in columns) + ')' for _ in range(rng.choice((1, 2, 3))))
            return self.node(f'({left}) in ({rights})')
        return self.node(f'({left}){op}({right})') if rng.random() < 0.9 else self.node(f'({right}){op}({left})')

    def condition(self, aliases, depth=3, outer=()):
        rng = self.rng
        r = rng.random()
        if depth <= 0 or r < 0.25:
            return self.leaf(aliases, outer)
        if r < 0.33:
            return self.node('not ', '(', self.condition(aliases, depth - 1, outer), ')')
        word = rng.choice((' or ', ' or ', ' and '))
        parts = ['(']
        for i in range(rng.choice((2, 2, 2, 3, 4))):
            parts += [word if i else '', self.condition(aliases, depth - 1, outer)]
        return self.node(*parts, ')')

    def indexed(self, aliases, outer=()):
        """Conjunctions of ORs and plain conditions: what indexes answer."""
        rng = self.rng
        if rng.random() < 0.35:
            return self.condition(aliases, 3, outer)
        parts = []
        for i in range(rng.choice((1, 2, 2, 3))):
            part = self.leaf(aliases, outer)
            if rng.random() < 0.55:
                part = self.node('(', part, ' or ', self.arm(aliases, outer), ')')
            parts += [' and ' if i else '', part]
        return self.node('(', *parts, ')')

    def arm(self, aliases, outer):
        if self.rng.random() < 0.4:
            return self.node('(', self.leaf(aliases, outer), ' and ', self.leaf(aliases, outer), ')')
        return self.leaf(aliases, outer)

    # ---- queries ----

    def table(self, small=False):
        return self.rng.choice(('few', 'few', 'mid', 'heir1', 'part2') if small else list(TABLES) * 3 + ['heir1', 'part1', 'part2'])

    def order(self, aliases, most=3):
        return [f'{self.name(*self.column(aliases))}{self.rng.choice(("", "", "", " desc", " nulls first", " desc nulls last"))}' for _ in range(self.rng.choice((1, 2, 2, 3)))][:most]

    def limit(self):
        out = f' limit {self.rng.choice((1, 3, 10, 40, 200, 1000))}' if self.rng.random() < 0.8 else ''
        return clause(out + (f' offset {self.rng.choice((1, 5, 50, 600))}' if self.rng.random() < 0.3 else ''))

    def keys_of(self, order):
        return [o.split(' ')[0] for o in order]

    def where(self, aliases):
        return clause(' where ', self.indexed(aliases))

    def plain(self):
        """Of one table, ordered up to its number or its keys alone."""
        rng, table = self.rng, self.table()
        order = self.order(['x'], 4)
        if rng.random() < 0.5:
            targets = ', '.join(self.keys_of(order))
            return Node('step', [f'select {targets} from {table} x', self.where(['x']), f' order by {", ".join(order)}', self.limit()]), True
        if rng.random() < 0.5:
            order = [rng.choice(order), *rng.sample(order, 1)]
        return Node('step', ['select ', Node('top', ['x.*'], ('x.id',)) if rng.random() < 0.3 else rng.choice(('x.id, x.t, x.i4', 'x.id')), f' from {table} x', self.where(['x']),
                             f' order by {", ".join(order)}, x.id', self.limit()]), True

    def unordered(self):
        rng, table = self.rng, self.table()
        what = rng.choice(('x.id', 'x.id', 'count(*), min(x.i4), max(x.t), sum(x.id)', 'min(x.i4)', 'max(x.i8), min(x.d)', 'x.i4, x.i2', 'distinct x.i2, x.t', 'count(distinct x.i4)',
                           'md5(string_agg(x.id::text, \',\' order by x.id))'))
        tail = ''
        if what == 'x.id' and rng.random() < 0.1:
            tail = ' for update'
        return Node('step', [f'select {what} from {table} x', self.where(['x']), tail]), False

    def grouped(self):
        rng, table = self.rng, self.table()
        keys = rng.sample([c for c in COLUMNS if c not in ('u', 'v', 'c')], rng.choice((1, 2, 2, 3)))
        by = ', '.join('x.' + k for k in keys)
        form = rng.random()
        if form < 0.4:
            return Node('step', [f'select {by}, count(*), sum(x.id) from {table} x', self.where(['x']), f' group by {by}', clause(f' order by {by}')]), False
        if form < 0.6:
            return Node('step', [f'select distinct on ({by}) {by}, x.id from {table} x', self.where(['x']), f' order by {by}, x.id', rng.choice(('', ' desc')), self.limit()]), True
        if form < 0.8:
            return Node('step', [f'select x.id, row_number() over (partition by {by} order by x.i4, x.id), sum(x.id) over (order by {by}, x.id) from {table} x', self.where(['x'])]), False
        return Node('step', [f'select distinct {by} from {table} x', self.where(['x']), f' order by {by}', self.limit()]), True

    def links(self, left, right):
        """A join's condition."""
        rng = self.rng
        r = rng.random()
        family = rng.choice(FAMILIES[:-1])[0]
        equal = f'{right}.{rng.choice(family)} = {left}.{rng.choice(family)}'
        if rng.random() < 0.3:
            equal = f'{right}.id = {left}.{rng.choice(("id", "i4", "i8"))}'
        if r < 0.3:
            return self.node(equal)
        if r < 0.5:
            return self.node('(', equal, ' and ', self.indexed([right], [left]), ')')
        if r < 0.75:
            family = rng.choice(FAMILIES[:-1])[0]
            more = f'{right}.{rng.choice(family)} = {left}.{rng.choice(family)}'
            return self.node('(', self.node(equal), ' or ', self.node(more) if rng.random() < 0.6 else self.arm([right], [left]), ')')
        return self.indexed([right], [left])

    def join(self):
        rng = self.rng
        one, two = self.table(rng.random() < 0.6), self.table(rng.random() < 0.3)
        if TABLES.get(one, 100) * TABLES.get(two, 100) > 700_000:
            one = 'few'
        form = rng.random()
        filters = clause(' where ', self.indexed([rng.choice(('x', 'y'))])) if rng.random() < 0.6 else ''
        if form < 0.5:
            kind = rng.choice((' join ', ' join ', ' left join ', ' right join ', ' full join '))
            link = self.node(f'x.{rng.choice(("i4", "i2", "id"))} = y.{rng.choice(("i4", "i8", "id"))}') if 'full' in kind else self.links('x', 'y')
            sources = [f'{one} x{kind}{two} y on ', link]
            if rng.random() < 0.25:
                sources += [rng.choice((' join ', ' left join ')), 'few z on ', self.links(rng.choice(('x', 'y')), 'z')]
        elif form < 0.75:
            word = rng.choice(('exists', 'exists', 'not exists'))
            sources = [f'{one} x']
            parts = [f'{word} (select from {two} y where ', self.links('x', 'y'), ')']
            if rng.random() < 0.3:
                column = rng.choice(('i4', 'i2', 'id', 't', 'd'))
                parts = [f'x.{column} {rng.choice(("in", "not in"))} (select y.{column} from {two} y where ', self.indexed(['y']), ')']
            if rng.random() < 0.25:
                parts = [*parts, ' or ', self.leaf(['x'])]
            return Node('step', ['select ', rng.choice(('x.id', 'count(*), sum(x.id)')), ' from ', *sources, ' where (', self.node(*parts), ')', clause(' and ', self.indexed(['x']))]), False
        else:
            inner = [f'select y.id, y.i4 as k from {two} y where ', self.links('x', 'y'), f' order by {", ".join(self.order(["y"], 2))}, y.id limit {rng.choice((1, 2, 5))}']
            sources = [f'{one} x ', rng.choice(('cross join lateral (', 'left join lateral ('))]
            sources += [*inner, ') y' + (' on true' if sources[1].startswith('left') else '')]
            filters = clause(' where ', self.indexed(['x']))
        if rng.random() < 0.5:
            return Node('step', ['select count(*), sum(x.id), sum(y.id), sum(x.id * 31 % 97 * (y.id * 17 % 89)) from ', *sources, filters]), False
        if form >= 0.75:
            return Node('step', ['select x.id, y.id from ', *sources, filters]), False
        order = self.order(['x', 'y'], 3)
        return Node('step', [f'select {", ".join(self.keys_of(order))} from ', *sources, filters, f' order by {", ".join(order)}', self.limit()]), True

    def union(self):
        rng = self.rng
        order = [f'{c}{rng.choice(("", " desc", " nulls first"))}' for c in rng.sample(COLUMNS[1:], rng.choice((1, 2)))]
        keys = ', '.join(o.split(' ')[0] for o in order)
        one, two = self.table(), self.table()
        word = rng.choice((' union all ', ' union all ', ' union ', ' except ', ' intersect '))
        if word != ' union all ':
            keys, order = rng.choice(('i4, d', 'i2, i4', 't, i2', 'g, b')), []
        return Node('step', [f'select {keys} from {one} x', self.where(['x']), word, f'select {keys} from {two} y', self.where(['y']),
                             *([f' order by {", ".join(order)}', self.limit()] if order else [])]), bool(order)

    def query(self):
        r = self.rng.random()
        for share, make in ((0.28, self.plain), (0.48, self.unordered), (0.6, self.grouped), (0.92, self.join), (1, self.union)):
            if r < share:
                return make()

    # ---- changes ----

    def sets(self):
        rng = self.rng
        return rng.choice(('i4 = x.i4', 'i8 = 5', 'i2 = x.i2 % 10', f'n = {self.literal("n", False)}', 't = lower(x.t)', "t = 'ab'", 'b = not x.b', 'd = x.d + 1', 'i8 = x.i2', 'e = x.b, b = x.e',
                           'f = x.r, r = x.f', 'i2 = null', 'i4 = x.id % 100', "u = 'a', v = 'b'", 'ts = x.d', 'g = null, i8 = x.i4', 'i4 = 29 + x.id % 60'))

    def change(self, table=None):
        rng = self.rng
        table = table or self.table()
        sets = self.sets()
        if table in ('part2', 'part1', 'mid'):
            sets = rng.choice(('i8 = 5', 'i8 = x.i4', 'b = not x.b', 'n = 3', 'f = x.r, r = x.f', 'e = x.b, b = x.e'))
        r = rng.random()
        if r < 0.45:
            return Node('step', [f'update {table} x set {sets}', self.where(['x'])], ('',)), table
        if r < 0.6:
            return Node('step', [f'delete from {table} x', self.where(['x'])], ('',)), table
        if r < 0.68:
            return Node('step', [f'update {table} x set i8 = 7 from {self.table(True)} y where ', self.links('y', 'x')], ('',)), table
        if r < 0.76:
            return Node('step', [f'delete from {table} x using {self.table(True)} y where ', self.links('y', 'x')], ('',)), table
        if r < 0.84:
            return Node('step', [f'delete from {table} x where exists (select from {self.table(True)} y where ', self.links('x', 'y'), ')'], ('',)), table
        columns = ', '.join(COLUMNS)
        if table in ('part1', 'part2'):
            table = 'part'
        return Node('step', [f'insert into {table} ({columns}) select ', ', '.join('id + 10000' if c == 'id' else c for c in COLUMNS), f' from mid x', self.where(['x'])], ('',)), table

    def checksum(self, table):
        return f"select count(*), md5(string_agg(x::text, ',' order by x.id, x::text)) from {table} x"


# ---- scripts ----

def settings(rng):
    if rng.random() < 0.3:
        return []
    return [f'set local enable_{s} = {"on" if s == "partitionwise_join" else "off"}' for s in rng.sample(SETTINGS, rng.choice((1, 1, 2, 3)))]


def history(maker):
    """Changes in the same transaction, some of them undone."""
    rng, out = maker.rng, []
    if rng.random() < 0.7:
        return out
    for _ in range(rng.choice((1, 1, 2, 3))):
        step, _ = maker.change()
        if rng.random() < 0.4:
            out += ['savepoint s', step, rng.choice(('rollback to s', 'rollback to s', 'release s'))]
        else:
            out.append(step)
    return out


def cursor(maker, node, ordered, rng):
    scroll = ordered and rng.random() < 0.4
    fetches = ['fetch all from k']
    if ordered:
        fetches = [f'fetch {rng.choice((1, 3, 30))} from k' for _ in range(rng.choice((1, 2, 3)))]
        if scroll:
            fetches += rng.sample(['fetch backward 2 from k', 'fetch last from k', 'fetch first from k', 'fetch absolute 5 from k', 'move 3 in k', 'fetch prior from k', 'fetch relative -1 from k'], 3)
        fetches.append('fetch all from k')
    middle = [maker.change()[0]] if rng.random() < 0.3 else []
    node.parts.insert(0, f'declare k {"scroll" if scroll else ""} cursor for ')
    return [node, fetches[0], *middle, *fetches[1:], 'close k']


def current_of(maker, rng):
    """Rows changed where a cursor stands."""
    table = rng.choice(('big', 'wide', 'few', 'mid'))
    steps = [Node('step', [f'declare k cursor for select * from {table} x', maker.where(['x']), rng.choice(('', ' for update'))])]
    steps += [f'move {rng.choice((1, 3, 100000))} in k', 'move 0 in k', 'move all in k', 'close k']
    pinned = rng.randrange(1, 24)
    steps += [Node('step', [f'declare k cursor for select id from {table} x where id = {pinned} and (', maker.indexed(['x']), f' or i4 >= 0 or id = {pinned})', rng.choice(('', ' for update'))]),
              'fetch 1 from k', rng.choice((f'update {table} set i8 = 99 where current of k', f'delete from {table} where current of k')), 'fetch 1 from k', maker.checksum(table)]
    return steps


def script(seed, number):
    rng = random.Random(f'indexed {seed}/{number}')
    prepared = rng.random() < 0.25
    maker = Maker(rng, False)
    head = ['begin' + rng.choice(('', '', '', ' isolation level repeatable read', ' isolation level serializable')), *settings(rng), *history(maker)]
    r = rng.random()
    if r < 0.2:
        step, table = maker.change()
        more = [maker.change(table)[0]] if rng.random() < 0.3 else []
        return Script([*head, step, maker.checksum(table), *more, maker.checksum(table), 'rollback'], False)
    if r < 0.23:
        return Script([*head, *current_of(maker, rng), 'rollback'], False)
    maker.parameters = [] if prepared else None
    if prepared and rng.random() < 0.2:
        node, table = maker.change()
        tail, ordered = [maker.checksum(table)], False
    else:
        node, ordered = maker.query()
        tail = []
    if prepared:
        types = ', '.join(k for k, _, _ in maker.parameters)
        node.parts.insert(0, 'prepare p' + (f'({types})' if types else '') + ' as ')
        runs = ['execute p' + (f'({maker.arguments()})' if maker.parameters else '') for _ in range(rng.choice((2, 3, 7)))]
        mode = rng.choice(('auto', 'force_generic_plan', 'force_generic_plan', 'force_custom_plan'))
        middle = [maker.change()[0]] if rng.random() < 0.2 else []
        return Script([*head, f'set local plan_cache_mode = {mode}', node, runs[0], *middle, *runs[1:], *tail, 'rollback', 'deallocate p'], ordered)
    if rng.random() < 0.15 and ' for update' not in str(node):
        return Script([*head, *cursor(maker, node, ordered, rng), 'rollback'], ordered)
    return Script([*head, node, 'rollback'], ordered)



def committed(seed):
    """What happens to the tables for good before they are read."""
    rng = random.Random(f'committed {seed}')
    maker = Maker(rng)
    out = []
    for i in range(rng.choice((0, 10, 25))):
        step, table = maker.change()
        if str(step).startswith('delete'):  # some rows must stay
            step.parts.append(f' and x.id % 7 = {rng.randrange(7)}')
        text = str(step).replace('id + 10000', f'id + {10000 * (i + 2)}')
        out += ['begin', text, rng.choice(('commit', 'commit', 'rollback')), maker.checksum(table)]
    return out
