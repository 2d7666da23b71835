"""Differences that are none, each shown by asking again or by undoing exactly what may differ; see docs/compatibility.md.

why() gives the reason or None. Nothing is let pass by the text of a statement alone.
"""
import re
import struct

import schema
from tree import Node
from wire import Answer, row_fields, simple

FLOATS = {700, 701, 1021, 1022, 600, 601, 602, 603, 604, 628, 718, 1017, 1018, 1019, 1020, 629, 1027, 719}
NANS = ((b'\xff\xf8\0\0\0\0\0\0', b'\x7f\xf8\0\0\0\0\0\0'), (b'\xff\xc0\0\0', b'\x7f\xc0\0\0'))
OWN = '''select 't ' || typname, oid from pg_type where oid >= 16384 and typnamespace = 'public'::regnamespace
    union select 'c ' || relname, oid from pg_class where oid >= 16384 and relnamespace = 'public'::regnamespace'''
# Functions in SQL whose body PostgreSQL folds where it puts it in place of the call; here they are not written in SQL.
INLINED = re.compile(r'^SQL function "(timestamptz|substring|overlaps|polygon|xpath_exists|xpath|log|log10)" during inlining$')
SAID = 'CMDH'
ROWS = 24


def own_oids(sides):
    """By name the oids of users' types and tables on both servers, PostgreSQL's -> Phantom's."""
    found = []
    for side in sides:
        found.append({name.decode(): int(oid) for name, oid in side.pipe.query(OWN).rows})
    return {oid: found[0][name] for name, oid in found[1].items() if name in found[0]}


class Explainer:
    def __init__(self, sides, messages):
        self.sides, self.messages = sides, messages
        self.oids = own_oids(sides)

    def why(self, s, found, difference):
        (kind, *_), a, b = found
        if not a.error and not b.error:
            return self.same_rows(s, a, b)
        if a.error and b.error:
            differing = [p for p in 'SCMDHPWstcdn' if a.error.get(p) != b.error.get(p)]
            if differing == ['W'] and 'W' not in a.error and INLINED.match(b.error['W']):
                return 'no CONTEXT of an inlined function'
            if self.met_elsewhere(s, a.error, b.error):
                return 'another of several errors is met first'
        if s.parameters and (not a.error or b.error) and self.agree_as_literals(s, difference):
            if not a.error or self.said_within(s, 1, a.error):
                return 'parameters are no constants of a generic plan'
        return None

    def same_rows(self, s, a, b):
        if a.tags != b.tags or a.notices != b.notices or a.status != b.status or len(a.rows) != len(b.rows):
            return None
        if a.columns != b.columns:
            plain = [[c[:2] for c in x.columns or ()] for x in (a, b)]
            return 'type modifiers of columns' if plain[0] == plain[1] and a.key(s.ordered)[1] == b.key(s.ordered)[1] else None
        if a.columns is None:
            return None
        for reason, change in (('the sign of a NaN', self.positive_nans), ('oids of users\' objects', self.translated)):
            mine, theirs = [change(a, r, False) for r in a.rows], [change(b, r, True) for r in b.rows]
            if mine == theirs or not s.ordered and sorted(mine) == sorted(theirs):
                return reason
        return None

    def positive_nans(self, answer, body, _):
        fields = row_fields(body)
        for i, (column, value) in enumerate(zip(answer.columns, fields)):
            if value is not None and column[1] in FLOATS:
                for negative, positive in NANS:
                    value = value.replace(negative, positive)
                fields[i] = value
        return repr(fields)

    def translated(self, answer, body, theirs):
        fields = row_fields(body)
        for i, value in enumerate(fields):
            for old, new in self.oids.items() if theirs and value is not None else ():
                if value == str(old).encode():
                    value = str(new).encode()
                    break
                value = value.replace(struct.pack('!I', old), struct.pack('!I', new)).replace(b'%08x' % old, b'%08x' % new)
            fields[i] = value
        return repr(fields)

    # Asking again

    def answers(self, side, texts):
        """Errors of statements that are run apart from each other."""
        out = []
        for at in range(0, len(texts), 100):
            part = texts[at:at + 100]
            out += [Answer(m).error for m in self.sides[side].ask([simple(t) for t in part])]
        return out

    def parts(self, s):
        """The expressions in a statement over v, each by itself and for each row of v."""
        out, seen = [], set()
        for node in s.tree.nodes():
            text = str(node)
            if node.kind in ('statement', 'top', 'clause') or text in seen or len(text) > 2000 or not isinstance(node, Node):
                continue
            seen.add(text)
            if 'v.' not in text:
                out.append(f'select {text}')
            else:
                out += [f'select {text} from v where v.id = {i}' for i in range(1, ROWS + 1)]
            if len(out) > 600:
                break
        return out

    def said_within(self, s, side, error):
        wanted = [error.get(p) for p in SAID]
        return any(e and [e.get(p) for p in SAID] == wanted for e in self.answers(side, self.parts(s)))

    def met_elsewhere(self, s, mine, theirs):
        """Each server says of some part what the other said of the whole."""
        return self.said_within(s, 1, mine) and self.said_within(s, 0, theirs)

    def agree_as_literals(self, s, difference):
        s.parameters = False
        try:
            sent = self.messages(s)
            answers = [side.ask(sent) for side in self.sides]
        finally:
            s.parameters = True
        return difference(answers, s.ordered) is None
