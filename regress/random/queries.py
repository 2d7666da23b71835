"""Random statements: expressions of every kind over `v`, and shapes of queries over the small tables."""
import random
import re

from generate import COLLATIONS, Generator
from schema import quote
from tree import Node, clause

WORDS = ['x', 'y', 'zz', 'Abc', 'abc', '', 'q%', 'long text here']
SMALL = {'a': [('id', 'i'), ('k', 'i'), ('t', 't'), ('n', 'n'), ('b', 'b'), ('d', 'd')],
         'b': [('id', 'i'), ('k', 'i'), ('t', 't'), ('x', 'i'), ('ts', 's')],
         'c': [('k', 'i'), ('t', 't')],
         'e': [('id', 'i'), ('k', 'i'), ('t', 't')]}
# Equal values of these look alike, so that DISTINCT and GROUP BY have one answer.
ALIKE = ['integer', 'bigint', 'smallint', 'text', 'boolean', 'date', 'uuid', 'bytea', 'oid', 'name', 'inet', 'macaddr', 'mood', 'int4range',
         'timestamp without time zone', 'time without time zone', 'bit varying', 'integer[]', 'text[]', 'character varying', 'jsonb', 'pg_lsn']
NO_ORDER = {'count', 'bool_and', 'bool_or', 'every', 'bit_and', 'bit_or', 'bit_xor', 'range_agg', 'range_intersect_agg', 'regr_count'}
UNSORTED = ('json', 'xml', 'point', 'lseg', 'box', 'line', 'path', 'polygon', 'circle', 'cid', 'xid', 'aclitem', 'txid_snapshot', 'pg_snapshot', 'jsonpath', 'refcursor')


class Statement:
    """What is sent: `sql` as a tree, how, what comes before and after it in the same transaction, whether rows have an order."""

    def __init__(self, tree, ordered=False, before=(), after=(), parameters=False, binary=False, extended=False):
        self.tree, self.ordered, self.before, self.after = tree, ordered, list(before), list(after)
        self.parameters, self.binary, self.extended = parameters, binary, extended or binary or parameters
        self.literals = []


def statement(catalog, seed, number):
    rng = random.Random(f'{seed}/{number}')
    r = rng.random()
    for share, make in ((0.52, expressions), (0.62, aggregates), (0.68, windows), (0.74, sets), (0.95, shapes), (1.0, changes)):
        if r < share:
            return make(catalog, rng)


def expressions(catalog, rng):
    form = rng.random()
    g = Generator(catalog, rng, columns=form < 0.5)
    parts = ['select ', Node('top', ['v.id, '], ('',)) if form < 0.5 else '']
    for i in range(rng.choice((1, 1, 1, 2, 3))):
        parts += [', ' if i else '', Node('top', [g.top(rng.choice((1, 1, 2, 3)))], ('1',))]
    if form < 0.5:
        parts.append(' from v')
        if rng.random() < 0.5:
            parts.append(clause(f' where v.id = {rng.randrange(1, 25)}'))
        elif rng.random() < 0.2:
            parts.append(clause(' where ', g.expr('boolean', 2)))
    how = rng.random()
    out = Statement(Node('statement', parts), binary=how < 0.15, parameters=0.15 <= how < 0.25 or 0.12 < how < 0.15, extended=how < 0.35)
    out.literals = g.literals
    if 0.35 < how < 0.38:
        out.tree = Node('statement', ['prepare s as ', out.tree])
        out.after = ['execute s', 'deallocate s']
    elif 0.38 < how < 0.4:
        out.tree = Node('statement', ['copy (', out.tree, ') to stdout', rng.choice(('', ' csv', ' csv header', ' (format csv, force_quote *)'))])
    return out


def aggregates(catalog, rng):
    g = Generator(catalog, rng)
    parts, key = ['select '], None
    if rng.random() < 0.5:
        key = g.leaf(rng.choice(ALIKE)) if rng.random() < 0.3 else rng.choice(('v.id % 3', 'v.c_boolean', 'v.c_mood', 'v.c_integer > 0'))
        parts += [key if isinstance(key, str) else str(key), ', ']
    for i in range(rng.choice((1, 1, 2))):
        parts += [', ' if i else '', aggregate(catalog, rng, g)]
    parts.append(' from v')
    if rng.random() < 0.4:
        parts.append(clause(f' where v.id <= {rng.choice((0, 1, 2, 5, 12))}'))
    if key:
        parts.append(clause(' group by 1'))
        if rng.random() < 0.2:
            parts.append(clause(' having count(*) > 1'))
    return Statement(Node('statement', parts), binary=rng.random() < 0.1)


def aggregate(catalog, rng, g):
    proc = rng.choice(catalog.aggregates)
    arguments = g.arguments(proc, rng.choice((0, 0, 1)), None) if proc.arguments else ['*']
    parts = [proc.name, '(']
    if proc.aggkind != 'n':
        direct, inner = arguments[:proc.direct], arguments[proc.direct:] or [g.expr('integer', 1)]
        for i, a in enumerate(direct):
            parts += [', ' if i else '', g.literal(a.kind) if a.kind in catalog.values and rng.random() < 0.9 else a]
        parts.append(') within group (order by ')
        for i, a in enumerate(inner):
            parts += [', ' if i else '', a, clause(rng.choice((' desc', ' nulls first', ' desc nulls last', ' using <'))) if rng.random() < 0.4 else '']
        parts.append(')')
    else:
        alike = all(not isinstance(a, str) and a.kind in ALIKE for a in arguments)
        if alike and rng.random() < 0.3:
            parts.append(Node('clause', ['distinct '], ('',)))
            for i, a in enumerate(arguments):
                parts += [', ' if i else '', a]
            if len(arguments) == 1 and rng.random() < 0.3:
                parts += [' order by ', str(arguments[0]), rng.choice((' desc', '', ' nulls first'))]
        else:
            for i, a in enumerate(arguments):
                parts += [', ' if i else '', a]
            if proc.plain not in NO_ORDER and arguments != ['*']:
                parts.append(clause(rng.choice((' order by v.id', ' order by v.id desc', ' order by v.c_integer desc nulls last, v.id', ' order by v.c_text, v.id'))))
        parts.append(')')
    if rng.random() < 0.2:
        parts.append(clause(' filter (where ', g.expr('boolean', 1), ')'))
    return Node('aggregate', parts, ('count(*)',), label=proc.plain)


def frame(rng, ranged=None):
    def bound(side):
        n = rng.choice((0, 1, 2, 5))
        pool = ['unbounded preceding', 'current row', f'{ranged or n} preceding'] if side == 0 else ['current row', 'unbounded following', f'{ranged or n} following']
        return rng.choice(pool + [f'{ranged or n} preceding' if side else f'{ranged or n} following'])
    mode = 'range' if ranged else rng.choice(('rows', 'rows', 'groups', 'range'))
    if mode == 'range' and not ranged:
        text = ' range ' + rng.choice(('between unbounded preceding and current row', 'between current row and unbounded following', 'unbounded preceding'))
    elif rng.random() < 0.2:
        text = f' {mode} {bound(0)}'
    else:
        text = f' {mode} between {bound(0)} and {bound(1)}'
    return text + rng.choice(('', '', ' exclude current row', ' exclude group', ' exclude ties', ' exclude no others'))


RANGED = [('v.c_integer', ['1', '10', '100000']), ('v.c_bigint', ['1', '5::bigint']), ('v.c_smallint', ['2', '1::bigint']), ('v.c_numeric', ['1.5', '0']),
          ('v.c_double_precision', ["'1.5'::float8", "'Infinity'::float8"]), ('v.c_real', ['1::float8']), ('v.c_date', ["interval '1 day'", "interval '1 year'"]),
          ('v.c_timestamp_without_time_zone', ["interval '1 mon'", "interval '10 years'"]), ('v.c_timestamp_with_time_zone', ["interval '1 day'"]),
          ('v.c_interval', ["interval '1 day'"]), ('v.c_time_without_time_zone', ["interval '2 hours'"]), ('v.c_time_with_time_zone', ["interval '1 hour'"]),
          ('v.c_integer', ['-1', 'null'])]


def windows(catalog, rng):
    g = Generator(catalog, rng)
    parts = ['select v.id']
    for _ in range(rng.choice((1, 1, 2))):
        proc = rng.choice(catalog.windows + [p for p in catalog.aggregates if p.aggkind == 'n'])
        bounded = proc.plain in ('lag', 'lead', 'nth_value', 'ntile')
        arguments = []
        for name, a in zip(proc.arguments, g.arguments(proc, rng.choice((0, 1)), None)):
            arguments.append(g.node('integer', rng.choice(('1', '2', '3', '0'))) if bounded and name == 'integer' else a)
        if not proc.arguments and proc.kind == 'a':
            arguments = ['*']
        parts += [', ', proc.name, '(']
        for i, a in enumerate(arguments):
            parts += [', ' if i else '', a]
        parts.append(')')
        if proc.kind == 'a' and rng.random() < 0.15:
            parts.append(clause(' filter (where ', g.expr('boolean', 1), ')'))
        parts.append(' over (')
        if rng.random() < 0.5:
            parts.append(clause('partition by ' + rng.choice(('v.c_boolean', 'v.id % 3', 'v.c_mood', 'v.c_text', 'v.id % 2, v.c_boolean'))))
        if rng.random() < 0.3 and proc.plain in NO_ORDER | {'sum', 'rank', 'dense_rank', 'percent_rank', 'cume_dist'}:
            key, offsets = rng.choice(RANGED)
            parts += [f' order by {key}{rng.choice(("", " desc", " nulls first"))}', clause(frame(rng, rng.choice(offsets)))]
        else:
            first = g.expr(rng.choice([k for k in catalog.usable if not k.startswith(UNSORTED)]), 0)
            parts += [' order by ', clause(first, rng.choice((' desc', '', ' nulls first')), ', '), 'v.id', clause(frame(rng)) if rng.random() < 0.7 else '']
        parts.append(')')
    parts.append(' from v')
    return Statement(Node('statement', parts))


def sets(catalog, rng):
    g = Generator(catalog, rng, columns=False)
    proc = rng.choice(catalog.sets)
    if proc.plain == 'generate_series':
        call = series(rng)
    else:
        call = g.function(proc, rng.choice((0, 1, 1)), None)
    form = rng.random()
    if form < 0.45:
        tail = rng.choice(('', '', ', 7', ', generate_series(1, 2)'))
        return Statement(Node('statement', ['select ', call, tail]), binary=rng.random() < 0.1)
    if form < 0.85:
        ordinal = rng.choice(('', ' with ordinality'))
        alias = rng.choice(('', ' f', ' f(x)' if not proc.many else ' f'))
        return Statement(Node('statement', ['select * from ', call, clause(ordinal), alias]))
    if form < 0.93:
        return Statement(Node('statement', ['select * from rows from (', call, ', ', series(rng), ') with ordinality']))
    g.columns = True
    return Statement(Node('statement', ['select v.id, f from v, lateral ', g.function(proc, 1, None) if proc.plain != 'generate_series' else call, ' f where v.id < 8']))


def series(rng):
    return Node('series', [rng.choice((
        'generate_series(1, 3)', 'generate_series(5, 1, -2)', 'generate_series(1, 0)', 'generate_series(1, 5, 0)', 'generate_series(null, 3)', 'generate_series(1::bigint, 4)',
        'generate_series(1.5, 4)', "generate_series(0, 1, 0.3)", "generate_series('NaN'::numeric, 4)", "generate_series(9223372036854775800, 9223372036854775807, 5)",
        "generate_series('2000-01-01'::timestamp, '2000-03-01', '1 mon')", "generate_series('2000-01-01'::timestamptz, '2000-01-03', '12 hours')",
        "generate_series('2000-01-05'::date, '2000-01-01', '-1 day')", "generate_series(2147483645, 2147483647)", "generate_series('2000-01-01'::timestamp, '2001-01-01', '0')"))])


# Shapes of queries. Their expressions raise no errors, so that the order of evaluation does not show.

class Scope:
    def __init__(self, rng, outer=None):
        self.rng, self.outer, self.columns, self.count = rng, outer, [], 0

    def pick(self, kind):
        pool = [c for c, k in self.columns if k == kind]
        if self.outer and (not pool or self.rng.random() < 0.3):
            pool = [c for c, k in self.outer.columns if k == kind] or pool
        return self.rng.choice(pool) if pool else None


class Shape:
    KINDS = {'i': 'integer', 't': 'text', 'n': 'numeric', 'b': 'boolean', 'd': 'date', 's': 'timestamp'}

    def __init__(self, rng):
        self.rng, self.number = rng, 0

    def name(self, stem='t'):
        self.number += 1
        return f'{stem}{self.number}'

    def node(self, kind, *parts):
        dull = {'i': '1', 't': "'x'", 'n': '1.00', 'b': 'true', 'd': "date '2020-01-11'", 's': "timestamp '2020-01-01'"}[kind]
        return Node('s' + kind, list(parts), (f'null::{self.KINDS[kind]}', dull))

    def literal(self, kind):
        rng = self.rng
        return self.node(kind, {'i': lambda: str(rng.randrange(9)), 't': lambda: quote(rng.choice(WORDS)), 'n': lambda: '%.2f' % (rng.randrange(-900, 900) / 4),
                                'b': lambda: rng.choice(('true', 'false', 'null::boolean')), 'd': lambda: "date '2020-02-1%d'" % rng.randrange(9),
                                's': lambda: "timestamp '2020-01-02 1%d:00'" % rng.randrange(9)}[kind]())

    def expr(self, scope, kind, depth=2):
        rng = self.rng
        e = lambda k: self.expr(scope, k, depth - 1)
        if depth <= 0 or rng.random() < 0.4:
            column = scope.pick(kind)
            return self.node(kind, column) if column and rng.random() < 0.85 else self.literal(kind)
        r = rng.random()
        if r < 0.1:
            return self.node(kind, 'coalesce(', e(kind), ', ', e(kind), ')')
        if r < 0.2:
            return self.node(kind, 'case when ', e('b'), ' then ', e(kind), ' else ', e(kind), ' end')
        if r < 0.25:
            return self.node(kind, rng.choice(('greatest(', 'least(', 'nullif(')), e(kind), ', ', e(kind), ')')
        if r < 0.33:
            return self.scalar(scope, kind, depth)
        if kind == 'b':
            return self.condition(scope, depth)
        if kind == 'i':
            return rng.choice((lambda: self.node(kind, '(', e('i'), rng.choice((' + ', ' - ')), e('i'), ')'), lambda: self.node(kind, 'length(', e('t'), ')'),
                               lambda: self.node(kind, '(', e('i'), ' % 5)'), lambda: self.node(kind, 'abs(', e('i'), ')')))()
        if kind == 't':
            return rng.choice((lambda: self.node(kind, '(', e('t'), ' || ', e('t'), ')'), lambda: self.node(kind, rng.choice(('upper(', 'lower(', 'reverse(', 'md5(')), e('t'), ')'),
                               lambda: self.node(kind, '(', e('i'), ')::text'), lambda: self.node(kind, 'substr(', e('t'), ', 2)')))()
        if kind == 'n':
            return self.node(kind, '(', e('n'), rng.choice((' + ', ' - ')), e('n'), ')')
        if kind == 'd':
            return self.node(kind, '(', e('d'), ' + ', self.node('i', str(rng.randrange(9))), ')')
        return self.node(kind, '(', e(kind), " + interval '1 hour')") if kind == 's' else self.literal(kind)

    def condition(self, scope, depth):
        rng = self.rng
        kind = rng.choice('iiittnbds')
        e = lambda k: self.expr(scope, k, depth - 1)
        form = rng.randrange(12)
        if form == 0:
            return self.node('b', '(', e('b'), rng.choice((' and ', ' or ')), e('b'), ')')
        if form == 1:
            return self.node('b', '(not ', e('b'), ')')
        if form == 2:
            return self.node('b', '(', e(kind), rng.choice((' is null', ' is not null')), ')')
        if form == 3:
            return self.node('b', '(', e(kind), rng.choice((' in (', ' not in (')), e(kind), ', ', e(kind), '))')
        if form == 4:
            return self.node('b', '(', e('t'), rng.choice((' like ', ' not like ')), rng.choice(("'a%'", "'%b_'", "'x'", "''")), ')')
        if form == 5:
            return self.node('b', '(', e(kind), rng.choice((' between ', ' not between ')), e(kind), ' and ', e(kind), ')')
        if form == 6:
            return self.node('b', '((', e(kind), ', ', e('i'), ')', rng.choice((' = ', ' < ', ' <> ', ' >= ')), '(', e(kind), ', ', e('i'), '))')
        if form == 7:
            return self.node('b', '(', e(kind), rng.choice((' is distinct from ', ' is not distinct from ')), e(kind), ')')
        if form in (8, 9):
            return self.subcondition(scope, kind, depth)
        return self.node('b', '(', e(kind), rng.choice((' = ', ' = ', ' < ', ' <> ', ' >= ')), e(kind), ')')

    def subcondition(self, scope, kind, depth):
        """Semi and anti joins in all their spellings."""
        rng = self.rng
        form = rng.randrange(5)
        if form < 2:
            inner, _ = self.query(depth - 1, scope, rng.choice(('i', 'it')))
            return self.node('b', '(', rng.choice(('exists (', 'not exists (')), inner, '))')
        if form == 4:
            inner, _ = self.query(depth - 1, scope, kind + 'i')
            return self.node('b', '((', self.expr(scope, kind, 0), ', ', self.expr(scope, 'i', 0), ')', rng.choice((' in (', ' not in (', ' = any (')), inner, '))')
        inner, _ = self.query(depth - 1, scope, kind)
        return self.node('b', '(', self.expr(scope, kind, 0), rng.choice((' in (', ' not in (', ' = any (', ' <> all (', ' < any (', ' >= all (')), inner, '))')

    def scalar(self, scope, kind, depth):
        rng = self.rng
        inner = Scope(rng, scope)
        source = self.source(inner, depth - 1, 1)
        if kind == 'i' and rng.random() < 0.4:
            value = ['count(*)'] if rng.random() < 0.5 else ['count(distinct ', self.expr(inner, 't', 0), ')']
        elif kind == 'b':
            value = [rng.choice(('bool_and(', 'bool_or(')), self.expr(inner, kind, 1), ')']
        else:
            value = [rng.choice(('min(', 'max(')), self.expr(inner, kind, 1), ')']
        return self.node(kind, '(select ', *value, ' from ', source, clause(' where ', self.expr(inner, 'b', 1)), ')' + ('::integer' if kind == 'i' else ''))

    def relation(self, scope, depth):
        rng = self.rng
        alias = self.name()
        form = rng.random()
        if depth > 0 and form < 0.2:
            lateral = rng.random() < 0.25 and scope.columns
            kinds = ''.join(rng.choice('iiitnb') for _ in range(rng.randrange(1, 4)))
            outer = Scope(rng, scope.outer)
            outer.columns = scope.columns if lateral else []
            inner, _ = self.query(depth - 1, outer if lateral else None, kinds)
            scope.columns += [(f'{alias}.c{i}', k) for i, k in enumerate(kinds)]
            names = ', '.join(f'c{i}' for i in range(len(kinds)))
            return Node('relation', ['lateral (' if lateral else '(', inner, f') as {alias}({names})'])
        if form < 0.26:
            scope.columns += [(f'{alias}.k', 'i'), (f'{alias}.t', 't')]
            return Node('relation', [f"(values (1, 'x'), (2, null), (null, 'abc'), (3, 'zz')) as {alias}(k, t)"])
        if form < 0.3:
            scope.columns += [(f'{alias}.k', 'i')]
            return Node('relation', [f'generate_series(0, {rng.randrange(6)}) as {alias}(k)'])
        table = rng.choice('aaabbbcce')
        scope.columns += [(f'{alias}.{c}', k) for c, k in SMALL[table]]
        return Node('relation', [f'{table} {alias}'])

    def source(self, scope, depth, most=3):
        """A FROM list. Columns merged by USING and NATURAL stay reachable by their tables."""
        rng = self.rng
        left = self.relation(scope, depth)
        for _ in range(rng.choice((0, 0, 1, 1, 2)) if most > 1 else 0):
            before = list(scope.columns)
            right = self.relation(scope, depth)
            lateral = str(right).startswith('lateral')
            form = rng.random()
            names = [[c.split('.')[1] for c, _ in part] for part in (before, scope.columns[len(before):])]
            common = [n for n in names[0] if n in names[1] and names[0].count(n) == 1 and n in ('k', 't', 'id', 'c0')]
            same = [n for n in common if dict((c.split('.')[1], k) for c, k in before)[n] == dict((c.split('.')[1], k) for c, k in scope.columns[len(before):])[n]]
            if form < 0.1:
                left = Node('relation', [left, ' cross join ', right])
            elif form < 0.15 and not lateral:
                left = Node('relation', [left, ', ', right])
            elif form < 0.35 and same:
                how = rng.choice((' join ', ' left join ') + (() if lateral else (' right join ', ' full join ')))
                if set(names[0]) & set(names[1]) == set(same) and rng.random() < 0.4:
                    left = Node('relation', ['(', left, ' natural' + how, right, ')'])
                else:
                    left = Node('relation', ['(', left, how, right, f' using ({rng.choice(same)}))'])
            else:
                on = [rng.choice(self.equalities(before, scope.columns[len(before):])), clause(' and ', self.expr(scope, 'b', 1)) if rng.random() < 0.3 else '']
                how = rng.choice((' join ', ' join ', ' left join ') + (() if lateral else (' right join ', ' full join ')))
                if how != ' full join ' and rng.random() < 0.2:
                    on = [self.expr(scope, 'b', 2)]
                elif how == ' full join ':
                    on = on[:1]
                left = Node('relation', ['(', left, how, right, ' on ', *on, ')'])
        return left

    def equalities(self, left, right):
        out = [f'{a} = {b}' for a, ka in left for b, kb in right if ka == kb and ka in 'it']
        return out or ['true']

    def query(self, depth, outer, kinds, ordered=False, flat=False):
        """A select whose columns have these kinds; returns the tree and whether its rows have an order."""
        rng = self.rng
        if depth > 0 and not flat and rng.random() < 0.15:
            one, two = (self.query(depth - 1, outer, kinds, flat=True)[0] for _ in range(2))
            parts = ['(', one, ')', rng.choice((' union ', ' union all ', ' intersect ', ' except ', ' intersect all ', ' except all ')), '(', two, ')']
            return Node('q' + kinds, parts + self.tail(kinds, ordered)), ordered
        scope = Scope(rng, outer)
        if depth > 0 and rng.random() < 0.12:
            return self.grouped(depth, outer, kinds, ordered)
        source = self.source(scope, depth)
        parts, distinct = ['select '], rng.random()
        everything = ', '.join(str(i + 1) for i in range(len(kinds)))
        if distinct < 0.15:
            parts.append(Node('clause', ['distinct '], ('',)))
        items = [self.expr(scope, k, min(depth, 2)) for k in kinds]
        on = 0.15 <= distinct < 0.2 and ordered
        if on:
            parts.append(f'distinct on ({rng.choice(("1", everything))}) ')
        for i, item in enumerate(items):
            parts += [', ' if i else '', item]
        parts += [' from ', source]
        if rng.random() < 0.6:
            parts.append(clause(' where ', self.expr(scope, 'b', max(depth, 1))))
        if on:
            return Node('q' + kinds, parts + [f' order by {everything}']), True
        return Node('q' + kinds, parts + self.tail(kinds, ordered)), ordered

    def tail(self, kinds, ordered):
        """ORDER BY everything where the order counts, LIMIT only then."""
        rng = self.rng
        if not ordered and rng.random() < 0.85:
            return []
        keys = [f'{i + 1}{rng.choice(("", "", " desc", " asc nulls first", " desc nulls last"))}' for i in range(len(kinds))]
        rng.shuffle(keys)
        out = [' order by ' + ', '.join(keys)]
        if rng.random() < 0.4:
            out.append(clause(rng.choice((f' limit {rng.randrange(8)}', f' offset {rng.randrange(5)}', f' limit {rng.randrange(8)} offset {rng.randrange(5)}',
                                          f' fetch first {rng.randrange(1, 5)} rows with ties', ' limit all'))))
        return out

    def grouped(self, depth, outer, kinds, ordered):
        rng = self.rng
        scope = Scope(rng, outer)
        source = self.source(scope, depth - 1)
        keys = [self.expr(scope, k, 1) for k in kinds]
        own = [k for k in range(len(kinds)) if rng.random() < 0.6]
        inner_only = Scope(rng)
        inner_only.columns = scope.columns
        items = []
        for i, kind in enumerate(kinds):
            items.append(keys[i] if i in own else self.aggregate(inner_only, kind))
        own = [i for i in own if re.search(r'\bt\d+\.', str(keys[i]))]
        for i in own:
            for node in keys[i].nodes():
                node.kind, node.others = f'key{i}', ()  # stays what it is: see exclude.py on constants
        for i in range(len(kinds)):
            if items[i] is keys[i] and i not in own:
                items[i] = self.aggregate(inner_only, kinds[i])
        names = [str(i + 1) for i in own]
        constant = any('(select' in str(keys[i]) for i in own)  # perhaps: see exclude.py
        parts = ['select ']
        for i, item in enumerate(items):
            parts += [', ' if i else '', item]
        parts += [' from ', source]
        if rng.random() < 0.5:
            parts.append(clause(' where ', self.expr(scope, 'b', 1)))
        if names:
            form = rng.random()
            listed = ', '.join(names)
            if form < 0.6 or constant:
                parts.append(f' group by {listed}')
            elif form < 0.7:
                parts.append(f' group by rollup ({listed})')
            elif form < 0.8:
                parts.append(f' group by cube ({listed})')
            elif form < 0.9:
                parts.append(f' group by grouping sets (({listed}), ({names[0]}), ())')
            else:
                parts.append(f' group by distinct rollup ({listed}), cube ({names[-1]})')
        if rng.random() < 0.3:
            parts.append(clause(' having ', self.aggregate(inner_only, 'b')))
        return Node('q' + kinds, parts + self.tail(kinds, ordered)), ordered

    def aggregate(self, scope, kind):
        rng = self.rng
        e = lambda k: self.expr(scope, k, 1)
        extra = clause(' filter (where ', e('b'), ')') if rng.random() < 0.2 else ''
        if kind == 'i':
            form = rng.choice((['count(*)'], ['count(distinct ', e(rng.choice('itnb')), ')'], ['sum(', e('i'), ')'], ['max(', e('i'), ')']))
            return self.node(kind, '(', *form, extra, ')::integer')
        if kind == 't':
            form = rng.choice((['min(', e('t'), ')'], ["string_agg(", e('t'), ", ',' order by 1)"], ['max(', e('t'), ')'],
                               ["array_agg(distinct ", e('i'), ')']))
            if form[0].startswith('string_agg'):
                item = e('t')
                form = ['string_agg(', item, ", ',' order by ", str(item), ')']
            return self.node(kind, '(', *form, extra, ')::text')
        if kind == 'b':
            return rng.choice((lambda: self.node(kind, rng.choice(('bool_or(', 'every(')), e('b'), ')', extra), lambda: self.node(kind, '(count(*) > 1)')))()
        if kind == 'n':
            return self.node(kind, rng.choice(('sum(', 'min(', 'max(')), e('n'), ')', extra)
        return self.node(kind, rng.choice(('min(', 'max(')), e(kind), ')', extra)

    def window(self, depth, kinds):
        rng = self.rng
        scope = Scope(rng)
        source = self.source(scope, depth)
        whole = [c for c, _ in scope.columns]
        rng.shuffle(whole)
        parts = ['select ']
        for i, kind in enumerate(kinds):
            call = {'i': ['row_number()', 'rank()', 'dense_rank()', 'count(*)', 'ntile(3)'], 'b': []}.get(kind, [])
            item = self.expr(scope, kind, 1)
            call = rng.choice([[c] for c in call] + [['lag(', item, ')'], ['first_value(', item, ')'], ['nth_value(', item, ', 2)'], ['last_value(', item, ')'], ['lead(', item, ', 2)']])
            partition = 'partition by ' + rng.choice(whole) if rng.random() < 0.5 else ''
            bounds = frame(rng) if rng.random() < 0.5 else ''
            parts += [', ' if i else '', self.node(kind, *call, f' over ({partition} order by {", ".join(whole)}', clause(bounds), ')')]
        parts += [' from ', source]
        if rng.random() < 0.5:
            parts.append(clause(' where ', self.expr(scope, 'b', 1)))
        return Node('q' + kinds, parts)

    def with_list(self, depth, kinds):
        rng = self.rng
        form = rng.random()
        name = self.name('w')
        if form < 0.35:
            step = rng.choice((f'select n + 1, t || n from {name} where n < 5', f'select {name}.n + a.id, a.t from {name} join a on a.k = {name}.n where {name}.n < 12',
                               f'select n + 2, t from {name} where n < 9 and t is not null'))
            tail = rng.choice(('', f' search breadth first by n set o', f' search depth first by n set o', f' cycle n set y using p', f" cycle n, t set y to 'Y' default 'N' using p"))
            start = rng.choice(("select 1, 'x'::text", 'select id, t from a where id < 4', "values (0, 'q'), (3, null)"))
            return Node('statement', [f'with recursive {name}(n, t) as ({start} ', rng.choice(('union all ', 'union ')), step, ')', clause(tail), f' select * from {name}'])
        inner, _ = self.query(depth, None, kinds)
        names = ', '.join(f'c{i}' for i in range(len(kinds)))
        one, two = self.name(), self.name()
        scope = Scope(rng)
        scope.columns = [(f'{x}.c{i}', k) for x in (one, two) for i, k in enumerate(kinds)]
        body = ['select ', self.expr(scope, kinds[0], 1), ', ', self.expr(scope, 'i', 1), f' from {name} {one} ', rng.choice(('join ', 'left join ', 'full join ')),
                f'{name} {two} on {one}.c0 = {two}.c0', clause(' where ', self.expr(scope, 'b', 1))]
        how = rng.choice(('', ' materialized', ' not materialized'))
        return Node('statement', [f'with {name}({names}) as{how} (', inner, ') ', *body])


def shapes(catalog, rng):
    shape = Shape(rng)
    kinds = ''.join(rng.choice('iiittnbds') for _ in range(rng.randrange(1, 5)))
    r = rng.random()
    how = {'binary': rng.random() < 0.05, 'extended': rng.random() < 0.2}
    if r < 0.1:
        return Statement(shape.with_list(1, kinds), **how)
    if r < 0.2:
        return Statement(shape.window(1, kinds), **how)
    if r < 0.3:
        return Statement(shape.grouped(2, None, kinds, False)[0], **how)
    ordered = rng.random() < 0.4
    tree, ordered = shape.query(rng.choice((1, 2, 2, 3)), None, kinds, ordered)
    if rng.random() < 0.06:
        return Statement(Node('statement', ['copy (', tree, ') to stdout', rng.choice(('', ' csv', " (delimiter '|', null 'N')"))]), ordered)
    before = []
    if rng.random() < 0.2:
        before = [f'set local enable_{rng.choice(("hashjoin", "mergejoin", "nestloop", "sort", "hashagg", "indexscan", "material", "seqscan", "memoize"))} = off']
    return Statement(Node('statement', [tree]), ordered, before=before, **how)


def changes(catalog, rng):
    """Statements that change rows, in a transaction that is rolled back."""
    shape, g = Shape(rng), Generator(catalog, rng)
    form = rng.randrange(9)
    scope = Scope(rng)
    if form == 0:
        kind = rng.choice([k for k in catalog.columns])
        column = catalog.columns[kind][2:]
        other = rng.choice((kind, kind, rng.choice(catalog.usable)))
        g.columns = False
        tree = Node('statement', [f'insert into v (id, {column}) values ({rng.randrange(22, 30)}, ', g.expr(other, 2), f') returning id, {column}'])
        return Statement(tree, before=[''], after=['rollback'])
    if form == 1:
        kind = rng.choice([k for k in catalog.columns])
        tree = Node('statement', [f'update v set {catalog.columns[kind][2:]} = ', g.expr(kind, 2), f' where id = {rng.randrange(1, 25)} returning id, {catalog.columns[kind][2:]}'])
        return Statement(tree, before=[''], after=['rollback'])
    check = ['select * from w order by id', 'rollback']
    scope.columns = [('w.k', 'i'), ('w.t', 't'), ('w.g', 'i'), ('w.p', 'i')]
    e = lambda k, d=1: shape.expr(scope, k, d)
    back = clause(' returning ', rng.choice(('*', 'w.id, w.g', "w.t || 'x' as y, w.*, w.n + 1")))
    restart = ['alter sequence w_id_seq restart with 100']
    if form == 2:
        values = Scope(rng)
        row = lambda: ['(', shape.expr(values, 'i', 1), ', ', shape.expr(values, 't', 1), ', ', shape.expr(values, 'n', 1), ')']
        conflict = rng.choice(('', ' on conflict do nothing', ' on conflict (k) do update set t = excluded.t, n = w.n', ' on conflict (k) do update set k = w.k + 100 where w.t is not null'))
        tree = Node('statement', ['insert into w (k, t, n) values ', *row(), ', ', *row(), clause(conflict), back])
    elif form == 3:
        tree = Node('statement', ['insert into w (k, t) ', shape.query(1, None, 'it', True)[0], clause(' on conflict do nothing'), back])
        return Statement(tree, before=restart, after=['select k, t, n, m, g, p from w order by k, t, n', 'rollback'])
    elif form == 4:
        sets = rng.choice((['t = ', e('t')], ['n = ', e('n'), ', t = default'], ["m = 'sad', p = ", e('i')], ['k = k + 100'], ['(t, n) = (select t, n from a where a.id = w.k)'], ['g = default'],
                           ['(t, p) = row(', e('t'), ', 3)']))
        tree = Node('statement', ['update w set ', *sets, clause(' where ', e('b', 2)), back])
    elif form == 5:
        tree = Node('statement', ['update w set t = a.t, n = a.n from a where a.id = w.k', clause(' and ', e('b')), clause(' returning w.*, a.id')])
    elif form == 6:
        tree = Node('statement', ['delete from w', clause(' where ', e('b', 2)), back])
    elif form == 7:
        tree = Node('statement', ['delete from w using b where b.id = w.k', clause(' and ', e('b')), clause(' returning b.t, w.*')])
    else:
        act = rng.choice(("when matched then delete", "when matched and a.k > 3 then update set t = a.t", "when matched then do nothing", "when matched and w.t is null then delete when matched then update set n = a.k"))
        new = rng.choice(("", " when not matched then insert (k, t) values (a.id + 500, a.t)", " when not matched and a.b then insert values (default, a.id + 50)"))
        tree = Node('statement', ['merge into w using a on a.id = w.k', clause(' and ', e('b')), ' ' + act, new])
        check = ['select k, t, n, m, g, p from w order by k, t, n', 'rollback']
    return Statement(tree, before=restart, after=check)
