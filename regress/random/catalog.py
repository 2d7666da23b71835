"""Every function, operator and cast that can be called by hand, from the catalogs of the PostgreSQL compared with."""
import exclude
from schema import all_values, column

TYPES = '''select t.oid, case when t.oid = 18 then '"char"' else format_type(t.oid, null) end, typtype, typelem, typarray,
    case when typlen = -1 and typsubscript::text = 'array_subscript_handler' then typelem else 0 end from pg_type t'''
PROCS = '''select p.oid, quote_ident(proname), proname, proargtypes::text, prorettype, prokind, proretset, provariadic, pronargdefaults,
    case when proargmodes is null then array_to_string(proargnames, ',') end, proallargtypes is not null,
    coalesce(aggkind, ' '), coalesce(aggnumdirectargs, 0)
    from pg_proc p left join pg_aggregate g on g.aggfnoid = p.oid
    where pronamespace in (11, 2200) and provolatile in ('i', 's') and prokind <> 'p' order by p.oid'''
OPERATORS = '''select oprname, oprleft, oprright, oprresult, provolatile, oprcode::text from pg_operator o
    join pg_proc p on p.oid = oprcode where oprnamespace = 11 order by o.oid'''
CASTS = 'select castsource, casttarget from pg_cast order by oid'
RANGES = 'select rngtypid, rngsubtype, rngmultitypid from pg_range'

POLYMORPHIC = {'anyelement', 'anyarray', 'anynonarray', 'anyenum', 'anyrange', 'anymultirange', 'anycompatible', 'anycompatiblearray',
               'anycompatiblenonarray', 'anycompatiblerange', 'anycompatiblemultirange'}
SPECIAL = {'"any"', 'record', 'record[]'}


class Proc:
    def __init__(self, row, types):
        (self.oid, self.name, self.plain, arguments, result, self.kind, retset, variadic, defaults, names, many, self.aggkind, direct) = row
        self.arguments = [types.get(int(a), '?') for a in arguments.split()]
        self.result = types.get(int(result), '?')
        self.set, self.variadic, self.defaults = retset == 't', int(variadic) != 0, int(defaults)
        self.names = names.split(',') if names else None
        self.many, self.direct = many == 't', int(direct)


class Catalog:
    def __init__(self, client):
        def rows(sql):
            result = client.query(sql)
            if result.error:
                raise RuntimeError(f'{sql}: {result.error}')
            return [[None if v is None else v.decode() for v in row] for row in result.rows]
        self.values = all_values()
        types = rows(TYPES)
        self.types = {int(t[0]): t[1] for t in types}
        self.oid = {t[1]: int(t[0]) for t in types}
        self.enums = [t[1] for t in types if t[2] == 'e']
        self.ranges, self.multiranges = {}, {}
        for r in rows(RANGES):
            name, element, multi = (self.types[int(i)] for i in r)
            if name in self.values:
                self.ranges[name] = element
                if multi in self.values:
                    self.multiranges[multi] = name
        self.usable = [n for n in self.values if n in self.oid]
        self.plain = [n for n in self.usable if not n.endswith('[]')]
        self.elements = [n for n in self.plain if n + '[]' in self.values]
        self.columns = {n: 'v.' + column(n) for n in self.usable if n != 'cstring'}
        procs = [Proc(r, self.types) for r in rows(PROCS)]
        self.skipped = {p.plain: exclude.reason(p.plain) for p in procs if exclude.reason(p.plain)}
        procs = [p for p in procs if p.plain not in self.skipped and self.callable(p)]
        self.functions = [p for p in procs if p.kind == 'f' and not p.set]
        self.sets = [p for p in procs if p.kind == 'f' and p.set]
        self.aggregates = [p for p in procs if p.kind == 'a']
        self.windows = [p for p in procs if p.kind == 'w']
        self.operators = []
        for name, left, right, result, _, code in rows(OPERATORS):
            sides = [self.types.get(int(i)) if int(i) else None for i in (left, right)]
            if all(s is None or self.known(s) for s in sides) and not exclude.reason(code):
                self.operators.append((name, sides[0], sides[1], self.types[int(result)]))
        self.casts = [(self.types[int(s)], self.types[int(t)]) for s, t in rows(CASTS)]
        self.casts = [c for c in self.casts if c[0] in self.values and c[1] in self.values]
        self.by_result = {}
        for p in self.functions:
            self.by_result.setdefault(p.result, []).append(('function', p))
        for o in self.operators:
            self.by_result.setdefault(o[3], []).append(('operator', o))
        for c in self.casts:
            self.by_result.setdefault(c[1], []).append(('cast', c))
        self.everything = ([('function', p) for p in self.functions] + [('operator', o) for o in self.operators]
                           + [('cast', c) for c in self.casts])
        self.images = {}

    def known(self, name):
        return name in self.values or name in POLYMORPHIC or name in SPECIAL

    def callable(self, proc):
        return all(self.known(a) for a in proc.arguments) and proc.result not in ('internal', 'trigger', 'event_trigger', 'void',
                                                                                  'language_handler', 'fdw_handler', 'index_am_handler')
