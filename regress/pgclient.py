"""A small client of the wire protocol (3.0, trust): exactly what each server sends, nothing hidden."""
import socket
import struct


class Result:
    """What one statement answered, in order."""

    def __init__(self):
        self.columns = None   # [(name, type OID, typmod, format)] of the last RowDescription
        self.rows = []        # list of lists of bytes or None
        self.tags = []
        self.error = None     # {field letter: text}
        self.notices = []
        self.notifications = []  # (channel, payload)
        self.status = 'I'

    def key(self):
        """What two servers must agree on."""
        error = None
        if self.error:
            error = {k: v for k, v in self.error.items() if k in 'SCMDHPpqWstcdn'}
        columns = self.columns and [(n, t, m) for n, t, m, _ in self.columns]
        notices = [{k: v for k, v in n.items() if k in 'SCMDHPpqWstcdn'} for n in self.notices]
        return (columns, self.rows, self.tags, error, notices, self.status)


class Client:
    def __init__(self, host, port, user, database, options='', timeout=60):
        if host.startswith('/'):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(f'{host}/.s.PGSQL.{port}')
        else:
            self.sock = socket.create_connection((host, port), timeout)
        self.buffer = b''
        self.parameters = {}
        self.on_notice = None  # told of each as it comes
        body = struct.pack('!i', 196608)
        for k, v in (('user', user), ('database', database), ('options', options)):
            if v:
                body += k.encode() + b'\0' + v.encode() + b'\0'
        body += b'\0'
        self.sock.sendall(struct.pack('!i', len(body) + 4) + body)
        result = self.collect()
        if result.error:
            raise ConnectionError(result.error.get('M'))

    def send(self, kind, body=b''):
        self.sock.sendall(kind + struct.pack('!i', len(body) + 4) + body)

    def read(self, n):
        while len(self.buffer) < n:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError('server closed the connection')
            self.buffer += data
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def message(self):
        kind = self.read(1)
        n, = struct.unpack('!i', self.read(4))
        return kind, self.read(n - 4)

    @staticmethod
    def fields(body):
        return {chr(part[0]): part[1:].decode('utf8', 'replace')
                for part in body.split(b'\0') if part}

    def collect(self, copy_data=None):
        """Reads up to ReadyForQuery. copy_data: answers a CopyInResponse."""
        result = Result()
        while True:
            kind, body = self.message()
            if kind == b'T':
                result.columns, at = [], 2
                for _ in range(struct.unpack('!h', body[:2])[0]):
                    end = body.index(b'\0', at)
                    _, _, oid, _, typmod, fmt = struct.unpack('!ihihih', body[end + 1:end + 19])
                    result.columns.append((body[at:end].decode(), oid, typmod, fmt))
                    at = end + 19
            elif kind == b'D':
                row, at = [], 2
                for _ in range(struct.unpack('!h', body[:2])[0]):
                    n, = struct.unpack('!i', body[at:at + 4])
                    row.append(None if n < 0 else body[at + 4:at + 4 + n])
                    at += 4 + max(n, 0)
                result.rows.append(row)
            elif kind == b'C':
                result.tags.append(body[:-1].decode())
            elif kind == b'I':
                result.tags.append('')
            elif kind == b'E':
                result.error = self.fields(body)
                if result.error.get('V') == 'FATAL':
                    return result  # nothing follows
            elif kind == b'N':
                result.notices.append(self.fields(body))
                if self.on_notice:
                    self.on_notice(result.notices[-1])
            elif kind == b'A':
                result.notifications.append(tuple(t.decode() for t in body[4:].split(b'\0')[:2]))
            elif kind == b'S':
                name, value, _ = body.split(b'\0')
                self.parameters[name.decode()] = value.decode()
            elif kind == b'd':
                result.rows.append([body])
            elif kind == b'G':
                if copy_data is None:
                    self.send(b'f', b'no data\0')
                else:
                    self.send(b'd', copy_data)
                    self.send(b'c')
            elif kind == b'Z':
                result.status = body.decode()
                return result

    def query(self, sql, copy_data=None):
        self.send(b'Q', sql.encode() + b'\0')
        return self.collect(copy_data)

    def query_binary(self, sql):
        """The same through Parse, Bind and Execute with binary results."""
        self.send(b'P', b'\0' + sql.encode() + b'\0\0\0')
        self.send(b'B', b'\0\0\0\0\0\0\0\1\0\1')
        self.send(b'D', b'P\0')
        self.send(b'E', b'\0\0\0\0\0')
        self.send(b'S')
        return self.collect()

    def close(self):
        try:
            self.send(b'X')
        except OSError:
            pass
        self.sock.close()


def split_statements(text):
    """[(statement, COPY data or None, line)] as psql would send them; psql's own commands are dropped."""
    out, start, i, line = [], 0, 0, 1
    depth = 0
    n = len(text)
    while i < n:
        c = text[i]
        if c == '\\' and not text[start:i].strip():
            end = text.find('\n', i)
            i = start = n if end < 0 else end + 1
        elif c == "'" or c == '"':
            escape = c == "'" and i > 0 and text[i - 1] in 'eE' and not text[max(0, i - 2):i - 1].isalnum()
            i += 1
            while i < n and (text[i] != c or text[i + 1:i + 2] == c):
                i += 2 if text[i] == c or (escape and text[i] == '\\') else 1
            i += 1
        elif text.startswith('--', i):
            end = text.find('\n', i)
            i = n if end < 0 else end
        elif text.startswith('/*', i):
            nest, i = 1, i + 2
            while i < n and nest:
                if text.startswith('/*', i):
                    nest, i = nest + 1, i + 2
                elif text.startswith('*/', i):
                    nest, i = nest - 1, i + 2
                else:
                    i += 1
        elif c == '$' and not (i > 0 and (text[i - 1].isalnum() or text[i - 1] == '_')):
            end = text.find('$', i + 1)
            tag = text[i:end + 1] if end > 0 else ''
            if tag and (tag == '$$' or tag[1:-1].replace('_', 'a').isalnum()) and not tag[1:2].isdigit():
                close = text.find(tag, end + 1)
                i = n if close < 0 else close + len(tag)
            else:
                i += 1
        elif c in '()':
            depth += 1 if c == '(' else -1
            i += 1
        elif c == ';' and depth <= 0:
            statement = text[start:i].strip()
            line = text.count('\n', 0, start) + 1
            i, depth = i + 1, 0
            data = None
            words = statement.lower().split()
            if words[:1] == ['copy'] and 'stdin' in words:
                end = text.find('\n', i)
                stop = text.find('\n\\.', end)
                data = text[end + 1:stop + 1].encode()
                i = stop + 3
            if statement:
                out.append((statement, data, line))
            start = i
        else:
            i += 1
    if text[start:].strip():
        out.append((text[start:].strip(), None, text.count('\n', 0, start) + 1))
    return out
