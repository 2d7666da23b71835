#!/usr/bin/env python3
"""Writes an extension's script from the catalogs of a PostgreSQL that has it.

usage: extract.py EXTENSION [psql arguments] > EXTENSION.sql

The functions that only access methods call are left out: their code is elsewhere (types/gin.h).
"""
import json
import subprocess
import sys

EXTENSION, PSQL = sys.argv[1], sys.argv[2:]
KEEP_INTERNAL = ('subscript_handler', 'unaccent_init', 'unaccent_lexize')


def rows(sql):
    command = ['psql', '-XqAt', *PSQL, '-c', f'select coalesce(json_agg(q), \'[]\') from ({sql}) q']
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


members = f"(select objid from pg_depend d join pg_extension e on e.oid = d.refobjid where " \
          f"d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and e.extname = '{EXTENSION}' and d.classid = '%s'::regclass)"
types = {t['oid']: t for t in rows(f"select t.*, t.oid::int oid, t.typelem::int typelem, n.nspname, t.oid in {members % 'pg_type'} own from pg_type t join pg_namespace n on n.oid = t.typnamespace")}
procs = {p['oid']: p for p in rows(f"""select p.oid::int oid, proname, prosrc, probin, prolang::int prolang, proargtypes::text proargtypes, coalesce(proallargtypes::int[], array(select unnest(proargtypes::oid[])::int)) allargs,
    proargmodes, proargnames, prorettype::int prorettype, proretset, provolatile, proisstrict, proparallel, procost, prorows, prokind,
    pg_get_expr(proargdefaults, 0) defaults, pronargdefaults, provariadic::int provariadic, n.nspname, proconfig, p.oid in {members % 'pg_proc'} own from pg_proc p join pg_namespace n on n.oid = p.pronamespace""")}
own_schema = rows(f"select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where extname = '{EXTENSION}'")[0]['nspname']


def prefix(own, schema):
    return '@extschema@.' if own or schema == own_schema else 'pg_catalog.'


def type_name(oid):
    t = types[oid]
    element = types.get(t['typelem'])
    if t['typcategory'] == 'A' and t['typname'].startswith('_') and element is not None:
        return type_name(t['typelem']) + '[]'
    name = t['typname'] if t['typname'] != 'char' else '"char"'
    own = t['own'] or t['nspname'] == own_schema
    return '@extschema@.' + name if own else ('pg_catalog.' + name if t['nspname'] == 'pg_catalog' and name.startswith('"') else name)


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def arguments(p, names=True):
    modes, argnames = p['proargmodes'], p['proargnames']
    types_ = p['allargs']
    out, inputs = [], 0
    total_in = sum(1 for i in range(len(types_)) if modes is None or modes[i] in 'iovb' and modes[i] != 'o')
    for i, t in enumerate(types_):
        mode = 'i' if modes is None else modes[i]
        if mode == 't' or not names and mode == 'o':
            continue
        text = {'i': '', 'o': 'OUT ', 'b': 'INOUT ', 'v': 'VARIADIC '}[mode]
        if names and argnames and argnames[i]:
            text += argnames[i] + ' '
        text += type_name(t)
        if mode != 'o':
            inputs += 1
            if names and p['pronargdefaults'] and inputs > total_in - p['pronargdefaults']:
                text += ' DEFAULT ' + p['defaults'].split(', ')[inputs - 1 - (total_in - p['pronargdefaults'])]
        out.append(text)
    return ', '.join(out)


def internal(p):
    if p['oid'] in type_procs:
        return False
    return any(types[t]['typname'] == 'internal' for t in p['allargs'] + [p['prorettype']])


def function(p):
    modes = p['proargmodes'] or []
    returns = ''
    if 't' in modes:
        returns = ' RETURNS TABLE (' + ', '.join(f"{p['proargnames'][i]} {type_name(t)}" for i, t in enumerate(p['allargs']) if modes[i] == 't') + ')'
    elif p['proretset'] or not ('o' in modes or 'b' in modes):
        returns = ' RETURNS ' + ('SETOF ' if p['proretset'] else '') + type_name(p['prorettype'])
    body = p['prosrc']
    if p['prolang'] == 13:
        text = f"AS '{p['probin']}', '{body}' LANGUAGE C"
    elif p['prolang'] == 12:
        text = f"AS '{body}' LANGUAGE internal"
    else:
        text = 'AS $$' + ' '.join(body.split()) + '$$ LANGUAGE ' + ('SQL' if p['prolang'] == 14 else 'plpgsql')
    text += {'i': ' IMMUTABLE', 's': ' STABLE', 'v': ' VOLATILE'}[p['provolatile']]
    text += ' STRICT' if p['proisstrict'] else ''
    text += {'s': ' PARALLEL SAFE', 'r': ' PARALLEL RESTRICTED', 'u': ''}[p['proparallel']]
    if p['procost'] != (1 if p['prolang'] in (12, 13) else 100):
        text += f" COST {p['procost']:g}"
    if p['proretset'] and p['prorows'] != 1000:
        text += f" ROWS {p['prorows']:g}"
    for setting in p['proconfig'] or []:
        text += ' SET ' + setting.replace('=', ' TO ', 1)
    return f"CREATE FUNCTION @extschema@.{p['proname']}({arguments(p)}){returns} {text};"


def signature(oid):
    p = procs[int(oid)]
    return f"{prefix(p['own'], p['nspname'])}{p['proname']}({arguments(p, False)})"


def name_of_proc(text):
    found = [p for p in procs.values() if p['proname'] == text.split('.')[-1]]
    return prefix(found[0]['own'], found[0]['nspname']) + found[0]['proname']


def base_type(t):
    parts = []
    for key, column in (('INPUT', 'typinput'), ('OUTPUT', 'typoutput'), ('RECEIVE', 'typreceive'), ('SEND', 'typsend'),
                        ('TYPMOD_IN', 'typmodin'), ('TYPMOD_OUT', 'typmodout'), ('SUBSCRIPT', 'typsubscript')):
        if t[column] != '-':
            parts.append(f'{key} = {name_of_proc(t[column])}')
    parts.append('INTERNALLENGTH = ' + ('VARIABLE' if t['typlen'] < 0 else str(t['typlen'])))
    if t['typbyval']:
        parts.append('PASSEDBYVALUE')
    parts.append('ALIGNMENT = ' + {'i': 'int4', 'd': 'double', 'c': 'char', 's': 'int2'}[t['typalign']])
    parts.append('STORAGE = ' + {'p': 'plain', 'x': 'extended', 'e': 'external', 'm': 'main'}[t['typstorage']])
    if t['typcategory'] != 'U':
        parts.append(f"CATEGORY = '{t['typcategory']}'")
    if t['typcollation'] != '0' and t['typcollation'] != 0:
        parts.append('COLLATABLE = true')
    return f"CREATE TYPE @extschema@.{t['typname']} ({', '.join(parts)});"


def operator(o):
    parts = []
    if o['oprleft']:
        parts.append('LEFTARG = ' + type_name(o['oprleft']))
    parts.append('RIGHTARG = ' + type_name(o['oprright']))
    parts.append('PROCEDURE = ' + signature(o['oprcode']).split('(')[0])
    for key in ('commutator', 'negator'):
        if o[key]:
            parts.append(f"{key.upper()} = OPERATOR({prefix(o[key + '_own'], '')}{o[key]})")
    for key in ('rest', 'join'):
        if o['opr' + key] != '-':
            name = name_of_proc(o['opr' + key])
            if name.startswith('@'):
                name = 'pg_catalog.matchingsel' if key == 'rest' else 'pg_catalog.matchingjoinsel'
            parts.append(('RESTRICT' if key == 'rest' else 'JOIN') + ' = ' + name)
    parts += ['HASHES'] * o['oprcanhash'] + ['MERGES'] * o['oprcanmerge']
    return f"CREATE OPERATOR @extschema@.{o['oprname']} ({', '.join(parts)});"


def opclass(c):
    lines = []
    for a in rows(f"""select amopstrategy, o.oprname, o.oprleft::int l, o.oprright::int r, o.oid in {members % 'pg_operator'} own, amoppurpose, f.opfname
        from pg_amop a join pg_operator o on o.oid = amopopr left join pg_opfamily f on f.oid = amopsortfamily
        where amopfamily = {c['opcfamily']} and amoplefttype = {c['opcintype']} order by 1, r"""):
        text = f"    OPERATOR {a['amopstrategy']} {prefix(a['own'], '')}{a['oprname']} ({type_name(a['l'])}, {type_name(a['r'])})"
        if a['amoppurpose'] == 'o':
            text += f" FOR ORDER BY pg_catalog.{a['opfname']}"
        lines.append(text)
    for a in rows(f"select amprocnum, amproc::oid::int f from pg_amproc where amprocfamily = {c['opcfamily']} and amproclefttype = {c['opcintype']} order by 1"):
        if not internal(procs[a['f']]) and c['amname'] in ('btree', 'hash'):
            lines.append(f"    FUNCTION {a['amprocnum']} {signature(a['f'])}")
    if c['opckeytype'] and c['opckeytype'] in types and c['opckeytype'] != c['opcintype'] and c['amname'] == 'gin':
        lines.append(f"    STORAGE {type_name(c['opckeytype'])}")
    default = ' DEFAULT' if c['opcdefault'] else ''
    return f"CREATE OPERATOR CLASS @extschema@.{c['opcname']}{default} FOR TYPE {type_name(c['opcintype'])} USING {c['amname']} AS\n" + ',\n'.join(lines) + ';'


out = []
columns_of_io = ('typinput', 'typoutput', 'typreceive', 'typsend', 'typmodin', 'typmodout', 'typsubscript')
type_procs = {p['oid']: t for t in types.values() if t['own'] and t['typtype'] == 'b' for p in procs.values()
              if p['own'] and p['proname'] in [t[c].split('.')[-1] for c in columns_of_io]}
for t in types.values():
    if not t['own'] or t['typcategory'] == 'A' and t['typname'].startswith('_') and t['typelem']:
        continue
    if t['typtype'] == 'b':
        out.append((t['oid'], f"CREATE TYPE @extschema@.{t['typname']};"))
        out.append((t['oid'] + 0.2, base_type(t)))
    elif t['typtype'] == 'd':
        out.append((t['oid'], f"CREATE DOMAIN @extschema@.{t['typname']} AS {type_name(int(t['typbasetype']))};"))
    elif t['typtype'] == 'c' and rows(f"select 1 a from pg_class where reltype = {t['oid']} and relkind = 'c'"):
        columns = rows(f"select attname, format_type(atttypid, atttypmod) t from pg_attribute a join pg_type t on t.typrelid = attrelid where t.oid = {t['oid']} and attnum > 0 order by attnum")
        out.append((t['oid'], f"CREATE TYPE @extschema@.{t['typname']} AS (" + ', '.join(f"{c['attname']} {c['t']}" for c in columns) + ');'))
for p in procs.values():
    if p['own'] and p['prokind'] == 'f' and (not internal(p) or any(p['proname'].endswith(k) for k in KEEP_INTERNAL)):
        out.append((type_procs[p['oid']]['oid'] + 0.1 if p['oid'] in type_procs else p['oid'], function(p)))
for o in rows(f"""select o.oid::int oid, o.oprname, o.oprleft::int oprleft, o.oprright::int oprright, o.oprcode::oid::int oprcode, o.oprrest::text oprrest, o.oprjoin::text oprjoin,
    o.oprcanhash, o.oprcanmerge, c.oprname commutator, n.oprname negator, c.oid in {members % 'pg_operator'} commutator_own, n.oid in {members % 'pg_operator'} negator_own
    from pg_operator o left join pg_operator c on c.oid = o.oprcom left join pg_operator n on n.oid = o.oprnegate where o.oid in {members % 'pg_operator'}"""):
    out.append((o['oid'], operator(o)))
for c in rows(f"select castsource::int s, casttarget::int t, castfunc::int f, castcontext, castmethod, oid::int oid from pg_cast where oid in {members % 'pg_cast'}"):
    how = {'f': lambda: 'WITH FUNCTION ' + signature(c['f']), 'b': lambda: 'WITHOUT FUNCTION', 'i': lambda: 'WITH INOUT'}[c['castmethod']]()
    out.append((c['oid'], f"CREATE CAST ({type_name(c['s'])} AS {type_name(c['t'])}) {how}" + {'i': ' AS IMPLICIT', 'a': ' AS ASSIGNMENT', 'e': ''}[c['castcontext']] + ';'))
for c in rows(f"select o.*, o.oid::int oid, opcintype::int opcintype, opckeytype::int opckeytype, amname from pg_opclass o join pg_am a on a.oid = opcmethod where o.oid in {members % 'pg_opclass'}"):
    out.append((c['oid'] + 1000000, opclass(c)))
for a in rows(f"select p.oid::int oid, proname, aggtransfn::oid::int f, aggtranstype::int s from pg_aggregate join pg_proc p on p.oid = aggfnoid where p.oid in {members % 'pg_proc'}"):
    p = procs[a['oid']]
    out.append((a['oid'], f"CREATE AGGREGATE @extschema@.{a['proname']}({arguments(p, False)}) (SFUNC = {signature(a['f']).split('(')[0]}, STYPE = {type_name(a['s'])});"))
print('\n'.join(text for _, text in sorted(out)))
