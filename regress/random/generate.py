"""Random expressions of a wanted type, as trees."""
from catalog import POLYMORPHIC
from schema import quote
from tree import Node
from values import SMALL

TYPMODS = {'numeric': ['numeric(5,2)', 'numeric(10)', 'numeric(3,-1)', 'numeric(2,4)'], 'character varying': ['varchar(3)', 'varchar(1)'],
           'character': ['char(5)', 'char'], 'bit': ['bit(3)', 'bit(8)'], 'bit varying': ['varbit(4)'],
           'timestamp without time zone': ['timestamp(0)', 'timestamp(3)'], 'timestamp with time zone': ['timestamptz(1)'],
           'time without time zone': ['time(2)'], 'time with time zone': ['timetz(0)'],
           'interval': ['interval day to second(1)', 'interval year', 'interval hour', 'interval(2)', 'interval minute to second'],
           'double precision': ['float(30)'], 'real': ['float(10)']}
COLLATIONS = ['"C"', '"POSIX"', '"default"', '"en-x-icu"', '"ucs_basic"']
FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'epoch', 'dow', 'isodow', 'doy', 'week', 'isoyear', 'quarter', 'century', 'decade',
          'millennium', 'julian', 'milliseconds', 'microseconds', 'timezone', 'timezone_hour', 'nonsense']
ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', '+03', 'EST5EDT', 'nowhere', 'PST']
FORMATS = ['YYYY-MM-DD', 'HH24:MI:SS.US', 'Day, DD Month YYYY', 'FMMonth FMDD', 'IYYY-IW-ID', 'J Q CC', 'HH12:MI AM TZ OF', '9999.99', 'FM999,999.0',
           'S9.99EEEE', 'RN', 'L99D9', '000.000PR', '99V99', 'FM9th', 'MI', 'SG9', 'YYYY BC', '"lit"DY', 'TMMonth', 'SSSS', 'fm0x', '9G999D999']
PATTERNS = ['a', '^a', '(a)(b)?', '[[:alpha:]]+', r'\\d+', 'b|c', '.', '(?i)ABC', 'x*', '[', '(a|b)+c?', r'\\m\\w', '$']
DATE_TYPES = ['date', 'timestamp without time zone', 'timestamp with time zone', 'interval', 'time without time zone', 'time with time zone']


class Generator:
    def __init__(self, catalog, rng, columns=True):
        self.c, self.rng, self.columns = catalog, rng, columns
        self.literals = []

    # Leaves

    def node(self, kind, *parts, label=None):
        values = self.c.values.get(kind, [])
        others = [f'null::{kind}'] + [f'{quote(v)}::{kind}' for v in values[:2]] if kind in self.c.values else []
        return Node(kind, list(parts), others, label)

    def literal(self, kind):
        rng = self.rng
        value = rng.choice(self.c.values[kind])
        form = rng.random()
        if form < 0.06:
            return self.node(kind, f'null::{kind}')
        if form < 0.08:
            return self.node(kind, 'null')
        if kind in ('integer', 'bigint', 'smallint', 'numeric') and form < 0.5 and value[-1].isdigit() and value != '-9223372036854775808':
            return self.node(kind, value if value[0] != '-' else f'({value})')
        if kind == 'boolean' and form < 0.5:
            return self.node(kind, 'true' if value == 't' else 'false')
        if form < 0.16:
            return self.node(kind, quote(value))
        if value[:1] == '\\' or '\\' in value:
            pass
        elif form < 0.2 and kind.isalpha():
            return self.node(kind, f'{kind} {quote(value)}')
        node = self.node(kind, f'{quote(value)}::{kind}')
        self.literals.append((node, kind, value))
        return node

    def leaf(self, kind):
        if kind not in self.c.values:
            return Node(kind, ['null'])
        if self.columns and kind in self.c.columns and self.rng.random() < 0.55:
            return self.node(kind, self.c.columns[kind])
        return self.literal(kind)

    # Inner nodes

    def expr(self, kind, depth):
        rng = self.rng
        if kind not in self.c.values:
            return self.special(kind, depth)
        if depth <= 0 or rng.random() < 0.25:
            return self.leaf(kind)
        r = rng.random()
        if r < 0.62:
            choice = self.producer(kind)
            if choice:
                return self.call(choice, depth, kind)
        if r < 0.7:
            return self.anywhere(kind, depth)
        if kind == 'boolean':
            return self.condition(depth)
        if kind.endswith('[]') and rng.random() < 0.5:
            return self.array(kind, depth)
        if rng.random() < 0.3:
            return self.shaped(kind, depth)
        return self.leaf(kind)

    def producer(self, kind):
        """A function, operator or cast that gives the type, or a polymorphic one."""
        pool = self.c.by_result.get(kind, [])
        if self.rng.random() < 0.2 or not pool:
            poly = [n for n in ('anyelement', 'anycompatible') if n in self.c.by_result]
            if kind.endswith('[]'):
                poly += [n for n in ('anyarray', 'anycompatiblearray') if n in self.c.by_result]
            if kind in self.c.ranges:
                poly += ['anyrange']
            if kind in self.c.multiranges:
                poly += ['anymultirange']
            pool = self.c.by_result.get(self.rng.choice(poly), []) or pool
        return self.rng.choice(pool) if pool else None

    def call(self, choice, depth, kind):
        what, thing = choice
        if what == 'function':
            return self.function(thing, depth, kind)
        if what == 'operator':
            return self.operator(thing, depth, kind)
        return self.cast(thing, depth)

    def bind(self, wanted, kind):
        """Types for a polymorphic signature whose result should be kind, where it may."""
        rng = self.rng
        element = rng.choice(self.c.elements)
        ranges = rng.choice(list(self.c.ranges))
        if kind in self.c.values:
            if wanted in ('anyelement', 'anycompatible', 'anynonarray', 'anycompatiblenonarray') and kind + '[]' in self.c.values:
                element = kind
            elif kind.endswith('[]'):
                element = kind[:-2]
            elif kind in self.c.ranges:
                ranges = kind
            elif kind in self.c.multiranges:
                ranges = self.c.multiranges[kind]
        return element, ranges

    def concrete(self, name, bound, has_range):
        element, ranges = bound
        if name in ('anyelement', 'anycompatible', 'anynonarray', 'anycompatiblenonarray'):
            return self.c.ranges[ranges] if has_range else element
        if name in ('anyarray', 'anycompatiblearray'):
            return (self.c.ranges[ranges] if has_range else element) + '[]'
        if name == 'anyenum':
            return 'mood'
        if name in ('anyrange', 'anycompatiblerange'):
            return ranges
        if name in ('anymultirange', 'anycompatiblemultirange'):
            found = [m for m, r in self.c.multiranges.items() if r == ranges]
            return found[0] if found else 'int4multirange'
        return name

    def argument(self, name, plain, depth):
        """One argument; those of functions that can make much of little stay small."""
        rng = self.rng
        if plain in SMALL and name in ('integer', 'bigint', 'smallint', 'numeric', 'double precision'):
            return self.node(name, f'({rng.choice((0, 1, 2, 3, 5, -1, 12))})' + (f'::{name}' if name not in ('integer',) else ''))
        if plain in SMALL:
            return self.leaf(name)
        if name == 'text' and rng.random() < 0.25:
            if plain in ('to_char', 'to_date', 'to_timestamp', 'to_number'):
                return self.node('text', quote(rng.choice(FORMATS)))
            if plain.startswith('regexp') or plain in ('~', '~*', '!~', '!~*', 'substring', 'textregexeq'):
                return self.node('text', "E" + quote(rng.choice(PATTERNS)))
            if plain in ('date_trunc', 'date_part', 'extract'):
                return self.node('text', quote(rng.choice(FIELDS)))
            if plain == 'timezone':
                return self.node('text', quote(rng.choice(ZONES)))
        if plain in ('to_char', 'to_date', 'to_timestamp', 'to_number') and name == 'text' and rng.random() < 0.8:
            return self.node('text', quote(rng.choice(FORMATS)))
        if name in POLYMORPHIC:
            raise AssertionError(name)
        if rng.random() < 0.06 and name in self.c.values:
            return self.expr(rng.choice(self.c.usable), depth - 1)  # often an error, sometimes a coercion
        return self.expr(name, depth - 1)

    def arguments(self, proc, depth, kind):
        names = list(proc.arguments)
        bound = self.bind(proc.result, kind)
        has_range = any('range' in n for n in names)
        if proc.variadic:
            last = names.pop()
            if self.rng.random() < 0.15 and last != '"any"':
                return [self.argument(self.concrete(n, bound, has_range), proc.plain, depth) for n in names] + \
                    [Node('variadic', ['variadic ', self.argument(self.concrete(last, bound, has_range), proc.plain, depth)])]
            item = last[:-2] if last.endswith('[]') else {'anyarray': 'anyelement', 'anycompatiblearray': 'anycompatible'}.get(last, '"any"')
            names += [item] * self.rng.randrange(1, 4)
        elif proc.defaults and self.rng.random() < 0.6:
            names = names[:len(names) - self.rng.randrange(1, proc.defaults + 1)]
        return [self.argument(self.concrete(n, bound, has_range), proc.plain, depth) for n in names]

    def function(self, proc, depth, kind):
        arguments = self.arguments(proc, depth, kind)
        parts, named = [proc.name, '('], proc.names and not proc.variadic and self.rng.random() < 0.08
        for i, argument in enumerate(arguments):
            parts.append(', ' if i else '')
            if named and i < len(proc.names) and proc.names[i] and argument.kind != 'variadic':
                parts.append(proc.names[i] + ' => ')
            parts.append(argument)
        return self.node(kind if kind in self.c.values else proc.result, *parts, ')', label=proc.plain)

    def operator(self, thing, depth, kind):
        name, left, right, _ = thing
        bound = self.bind(thing[3], kind)
        has_range = any('range' in (s or '') for s in (left, right))
        sides = [s and self.argument(self.concrete(s, bound, has_range), name, depth) for s in (left, right)]
        shown = f'operator(pg_catalog.{name})' if self.rng.random() < 0.04 else name
        parts = ['('] + ([sides[0], ' '] if sides[0] else []) + [shown, ' '] + [sides[1], ')']
        return self.node(kind if kind in self.c.values else thing[3], *parts, label=name)

    def cast(self, thing, depth):
        source, target = thing
        shown = self.rng.choice(TYPMODS[target]) if target in TYPMODS and self.rng.random() < 0.3 else target
        inner = self.expr(source, depth - 1)
        if self.rng.random() < 0.5:
            return self.node(target, 'cast(', inner, f' as {shown})', label='cast')
        return self.node(target, '(', inner, f')::{shown}', label='cast')

    def special(self, kind, depth):
        rng = self.rng
        if kind == '"any"':
            return self.expr(rng.choice(self.c.usable), depth)
        if kind == 'record':
            if rng.random() < 0.3:
                return Node('record', [rng.choice(("row(1,'a')::pair", "row(1, null)", "row('x'::text, 2)", 'row()', 'null::record'))])
            return self.row(depth)
        if kind == 'record[]':
            return Node(kind, ['array[', self.row(depth), ']'])
        if kind in POLYMORPHIC:
            has_range = 'range' in kind
            return self.expr(self.concrete(kind, self.bind(kind, None), has_range), depth)
        return Node(kind, ['null'])

    def row(self, depth):
        parts = ['row(']
        for i in range(self.rng.randrange(1, 4)):
            parts += [', ' if i else '', self.expr(self.rng.choice(self.c.usable), depth - 1)]
        return Node('record', parts + [')'])

    def array(self, kind, depth):
        if depth <= 0 or self.rng.random() < 0.3:
            return self.leaf(kind)
        parts = ['array[']
        for i in range(self.rng.randrange(1, 4)):
            parts += [', ' if i else '', self.expr(kind[:-2], depth - 1)]
        return self.node(kind, *parts, ']')

    def anywhere(self, kind, depth):
        """Constructs that give any type."""
        rng, e = self.rng, lambda: self.expr(kind, depth - 1)
        form = rng.randrange(11)
        if form == 0:
            return self.node(kind, 'case when ', self.expr('boolean', depth - 1), ' then ', e(), ' else ', e(), ' end')
        if form == 1:
            other = rng.choice(self.c.usable)
            return self.node(kind, 'case ', self.expr(other, depth - 1), ' when ', self.expr(other, depth - 1), ' then ', e(), ' when ',
                             self.expr(other, depth - 1), ' then ', e(), ' end')
        if form == 2:
            return self.node(kind, 'coalesce(', e(), ', ', e(), ')')
        if form == 3:
            return self.node(kind, 'nullif(', e(), ', ', e(), ')')
        if form == 4:
            return self.node(kind, rng.choice(('greatest(', 'least(')), e(), ', ', e(), ', ', e(), ')')
        if form == 5:
            return self.node(kind, '(select ', e(), ')')
        if form == 6 and kind + '[]' in self.c.values:
            return self.node(kind, '(', self.expr(kind + '[]', depth - 1), f')[{rng.choice((0, 1, 2, "null", -1))}]')
        if form == 7 and kind.endswith('[]'):
            return self.node(kind, '(', e(), f')[{rng.choice(("", "0", "1", "2"))}:{rng.choice(("", "1", "2", "null"))}]')
        if form == 8:
            other = rng.choice(('text', 'text', rng.choice(self.c.usable)))
            return self.node(kind, '(', self.expr(other, depth - 1), f')::{kind}')
        if form == 9:
            return self.node(kind, '(', e(), f')::text::{kind}')
        if form == 10 and kind in TYPMODS:
            return self.node(kind, '(', e(), f')::{rng.choice(TYPMODS[kind])}')
        return self.node(kind, '(select ', rng.choice(('min(x)', 'max(x)', 'x', 'x')), ' from (values (', e(), '), (', e(), ')) y(x) order by 1 limit 1)')

    def condition(self, depth):
        rng = self.rng
        e = lambda k: self.expr(k, depth - 1)
        kind = rng.choice(self.c.usable)
        form = rng.randrange(14)
        if form == 0:
            return self.node('boolean', '(', e('boolean'), rng.choice((' and ', ' or ')), e('boolean'), ')')
        if form == 1:
            return self.node('boolean', '(not ', e('boolean'), ')')
        if form == 2:
            return self.node('boolean', '(', e(kind), rng.choice((' is null', ' is not null')), ')')
        if form == 3:
            return self.node('boolean', '(', e('boolean'), ' is ', rng.choice(('', 'not ')), rng.choice(('true', 'false', 'unknown')), ')')
        if form == 4:
            return self.node('boolean', '(', e(kind), rng.choice((' is distinct from ', ' is not distinct from ')), e(kind), ')')
        if form == 5:
            return self.node('boolean', '(', e(kind), rng.choice((' between ', ' not between ', ' between symmetric ')), e(kind), ' and ', e(kind), ')')
        if form == 6:
            return self.node('boolean', '(', e(kind), rng.choice((' in (', ' not in (')), e(kind), ', ', e(kind), '))')
        if form == 7:
            text = rng.choice(('text', 'text', 'name', 'character', 'bytea'))
            return self.node('boolean', '(', e(text), rng.choice((' like ', ' not like ', ' ilike ', ' similar to ')), e(text), ')')
        if form == 8 and kind + '[]' in self.c.values:
            return self.node('boolean', '(', e(kind), rng.choice((' = ', ' < ', ' <> ', ' >= ')), rng.choice(('any', 'all')), '(', e(kind + '[]'), '))')
        if form == 9:
            one, two = rng.choice(self.c.usable), rng.choice(self.c.usable)
            return self.node('boolean', '((', e(one), ', ', e(two), ')', rng.choice((' = ', ' < ', ' <> ', ' >= ', ' is distinct from ')), '(', e(one), ', ', e(two), '))')
        if form == 10:
            date = rng.choice(DATE_TYPES[:3] + DATE_TYPES[4:])
            return self.node('boolean', '((', e(date), ', ', e(rng.choice((date, 'interval'))), ') overlaps (', e(date), ', ', e(rng.choice((date, 'interval'))), '))')
        if form == 11:
            return self.node('boolean', '(', e('text'), f' collate {rng.choice(COLLATIONS)}', rng.choice((' < ', ' = ', ' >= ')), e('text'), ')')
        if form == 12:
            return self.node('boolean', '(', e('xml'), ' is document)')
        return self.node('boolean', '(', e(kind), rng.choice((' = ', ' < ', ' <> ', ' >= ')), e(kind), ')')

    def shaped(self, kind, depth):
        """Functions with a syntax of their own."""
        rng = self.rng
        e = lambda k: self.expr(k, depth - 1)
        if kind == 'text':
            form = rng.randrange(9)
            if form == 0:
                return self.node(kind, 'substring(', e('text'), ' from ', e('integer'), ' for ', e('integer'), ')')
            if form == 1:
                return self.node(kind, f'trim({rng.choice(("both", "leading", "trailing"))} ', e('text'), ' from ', e('text'), ')')
            if form == 2:
                return self.node(kind, 'overlay(', e('text'), ' placing ', e('text'), ' from ', e('integer'), ')')
            if form == 3:
                return self.node(kind, f'normalize(', e('text'), f', {rng.choice(("nfc", "nfd", "nfkc", "nfkd"))})')
            if form == 4:
                return self.node(kind, '(', e('text'), f' collate {rng.choice(COLLATIONS)})')
            if form == 5:
                return self.node(kind, '(', e(rng.choice(('json', 'jsonb'))), rng.choice((' ->> ', ' #>> ')), e(rng.choice(('text', 'integer', 'text[]'))), ')')
            if form == 6:
                return self.node(kind, '(', e('pair'), ').b')
            if form == 7:
                return self.node(kind, 'substring(', e('text'), ' similar ', e('text'), ' escape ', "'#')")
            return self.node(kind, 'xmlserialize(content ', e('xml'), ' as text)')
        if kind == 'numeric':
            return self.node(kind, f'extract({rng.choice(FIELDS)} from ', e(rng.choice(DATE_TYPES)), ')')
        if kind == 'integer':
            return rng.choice((lambda: self.node(kind, 'position(', e('text'), ' in ', e('text'), ')'),
                               lambda: self.node(kind, '(', e('pair'), ').a')))()
        if kind in ('timestamp without time zone', 'timestamp with time zone', 'time with time zone'):
            other = {'timestamp without time zone': 'timestamp with time zone', 'timestamp with time zone': 'timestamp without time zone'}
            return self.node(kind, '(', e(other.get(kind, kind)), f" at time zone {quote(rng.choice(ZONES))})")
        if kind == 'xml':
            form = rng.randrange(5)
            if form == 0:
                return self.node(kind, 'xmlelement(name "é x", xmlattributes(', e('text'), ' as b), ', e(rng.choice(self.c.plain)), ')')
            if form == 1:
                return self.node(kind, 'xmlforest(', e(rng.choice(self.c.plain)), ' as f, ', e('text'), ' as "G h")')
            if form == 2:
                return self.node(kind, f'xmlparse({rng.choice(("document", "content"))} ', e('text'), ')')
            if form == 3:
                return self.node(kind, 'xmlconcat(', e('xml'), ', ', e('xml'), ')')
            return self.node(kind, "xmlpi(name php, ", e('text'), ')')
        if kind == 'jsonb':
            return self.node(kind, '(', e('jsonb'), ')[', e(rng.choice(('text', 'integer'))), ']')
        if kind == 'pair':
            return self.node(kind, 'row(', e('integer'), ', ', e('text'), ')::pair')
        return self.leaf(kind)

    # Expressions to be tested

    def top(self, depth):
        """One function, operator or cast, all equally often, or a construct."""
        rng = self.rng
        if rng.random() < 0.12:
            kind = rng.choice(self.c.usable)
            return rng.choice((self.anywhere, self.shaped))(kind, depth)
        if rng.random() < 0.06:
            return self.condition(depth)
        what, thing = rng.choice(self.c.everything)
        if what == 'function':
            return self.function(thing, depth, thing.result)
        if what == 'operator':
            return self.operator(thing, depth, thing[3])
        return self.cast(thing, depth)
