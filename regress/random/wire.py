"""Many statements at a time: written at once, answered one by one."""
import struct

from pgclient import Client


def message(kind, body=b''):
    return kind + struct.pack('!i', len(body) + 4) + body


MOST_ROWS, MOST_BYTES = 100_000, 4_000_000


class TooMuch(ConnectionError):
    """More rows, or longer ones, than are worth comparing; the connection is of no use any more."""


class Pipe(Client):
    def answer(self):
        """The messages of one answer as bytes up to ReadyForQuery, without those that say nothing of it."""
        out, at = [], 0
        while True:
            while len(self.buffer) - at < 5:
                self.fill(at)
                at = 0
            kind = self.buffer[at:at + 1]
            size = int.from_bytes(self.buffer[at + 1:at + 5], 'big') + 1
            if size > MOST_BYTES:
                raise TooMuch('too long a row')
            while len(self.buffer) - at < size:
                self.fill(at)
                at = 0
            if kind not in b'S123n':
                out.append(self.buffer[at:at + size])
                if len(out) > MOST_ROWS:
                    raise TooMuch('too many rows')
            at += size
            if kind == b'Z':
                self.buffer = self.buffer[at:]
                return out
            if kind == b'E' and b'\0VFATAL\0' in out[-1]:
                raise ConnectionError(self.fields(out[-1][5:]).get('M'))

    def fill(self, at):
        data = self.sock.recv(262144)
        if not data:
            raise ConnectionError('server closed the connection')
        self.buffer = self.buffer[at:] + data


def simple(sql):
    return message(b'Q', sql.encode() + b'\0')


def extended(sql, values=(), binary_result=False):
    """values: [(type OID, bytes or None, is binary)]"""
    parse = b'\0' + sql.encode() + b'\0' + struct.pack('!h', len(values)) + b''.join(struct.pack('!I', oid) for oid, _, _ in values)
    bind = b'\0\0' + struct.pack('!h', len(values)) + b''.join(struct.pack('!h', int(b)) for _, _, b in values)
    bind += struct.pack('!h', len(values))
    for _, value, _ in values:
        bind += struct.pack('!i', -1) if value is None else struct.pack('!i', len(value)) + value
    bind += struct.pack('!hh', 1, int(binary_result))
    return message(b'P', parse) + message(b'B', bind) + message(b'D', b'P\0') + message(b'E', b'\0\0\0\0\0') + message(b'S')


def row_fields(body):
    row, at = [], 2
    for _ in range(struct.unpack('!h', body[:2])[0]):
        n, = struct.unpack('!i', body[at:at + 4])
        row.append(None if n < 0 else body[at + 4:at + 4 + n])
        at += 4 + max(n, 0)
    return row


class Answer:
    """What two servers must agree on, taken apart."""

    def __init__(self, messages):
        self.columns, self.rows, self.tags, self.error, self.notices, self.status = None, [], [], None, [], ''
        for m in messages:
            kind, body = m[:1], m[5:]
            if kind == b'T':
                self.columns, at = [], 2
                for _ in range(struct.unpack('!h', body[:2])[0]):
                    end = body.index(b'\0', at)
                    oid, _, typmod = struct.unpack('!ihi', body[end + 7:end + 17])
                    self.columns.append((body[at:end].decode(), oid if oid < 16384 else 'own', typmod))
                    at = end + 19
            elif kind in (b'D', b'd'):
                self.rows.append(body)
            elif kind in (b'C', b'I'):
                self.tags.append(body[:-1].decode())
            elif kind == b'E':
                self.error = {k: v for k, v in Client.fields(body).items() if k in 'SCMDHPWstcdn'}
            elif kind == b'N':
                self.notices.append({k: v for k, v in Client.fields(body).items() if k in 'SCMDH'})
            elif kind == b'Z':
                self.status = body.decode()

    def key(self, ordered):
        if self.error:
            return None, None, None, self.error, self.notices, self.status
        return self.columns, self.rows if ordered else sorted(self.rows), self.tags, None, self.notices, self.status
