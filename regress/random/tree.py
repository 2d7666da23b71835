"""Statements as trees, so that a mismatch can be made smaller.

A Node is a list of parts, strings and nodes. `kind` says by what it may be replaced: by a descendant of the same kind or by one
of `others`, texts that stand for it (a literal for an expression, nothing for an optional clause).
"""


class Node:
    __slots__ = ('kind', 'parts', 'others', 'label')

    def __init__(self, kind, parts, others=(), label=None):
        self.kind, self.parts, self.others, self.label = kind, parts, others, label

    def __str__(self):
        out = []
        self.write(out)
        return ''.join(out)

    def write(self, out):
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
            else:
                part.write(out)

    def nodes(self):
        yield self
        for part in self.parts:
            if not isinstance(part, str):
                yield from part.nodes()


def clause(*parts):
    """A part of a statement that may be missing."""
    return Node('clause', list(parts), ('',))


def shrink(root, still, limit=400):
    """Makes root smaller in place as long as still() holds; returns the number of tries."""
    tries, progress = 0, True
    while progress and tries < limit:
        progress = False
        for node in list(root.nodes()):
            if len(node.parts) == 1 and isinstance(node.parts[0], str) and node.parts[0] in node.others:
                continue
            below = [n for n in node.nodes() if n is not node and n.kind == node.kind]
            for new in [[t] for t in node.others] + [[n] for n in below]:
                if tries >= limit:
                    return tries
                if new == node.parts or len(''.join(map(str, new))) >= len(str(node)) + 8:
                    continue
                old, node.parts = node.parts, new
                tries += 1
                if still():
                    progress = True
                    break
                node.parts = old
    return tries
