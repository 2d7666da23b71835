"""Binary values for the receive functions: (type, payloads beside those that every type gets)."""
import struct


def array(dims, flags, oid, bounds=(), rest=b''):
    out = struct.pack('!iiI', dims, flags, oid)
    return out + b''.join(struct.pack('!ii', *b) for b in bounds) + rest


def numeric(count, weight, sign, scale, digits=()):
    return struct.pack('!hhHH', count, weight, sign, scale & 0xffff) + b''.join(struct.pack('!h', d) for d in digits)


ONE = struct.pack('!ii', 4, 1)
NUMERICS = [numeric(1, 0, 0, 0, [1]), numeric(1, 0, 0x4000, 0, [7]), numeric(0, 0, 0xc000, 0), numeric(0, 0, 0xd000, 0),
            numeric(0, 0, 0xf000, 0), numeric(0, 0, 0x1234, 0), numeric(1, 0, 0, 0, [10000]), numeric(1, 0, 0, 0, [-1]),
            numeric(2, 0, 0, 0, [1]), numeric(-1, 0, 0, 0), numeric(1, 32767, 0, 0, [1]), numeric(1, -32768, 0, 0, [1]),
            numeric(1, 0, 0, 20000, [1]), numeric(1, 0, 0, -1, [1]), numeric(2, 0, 0, 1, [1, 2345]), numeric(1, 0, 0, 0, [1]) + b'x']
ARRAYS = [array(0, 0, 23), array(1, 0, 23, [(1, 1)], ONE), array(1, 0, 25, [(1, 1)], ONE), array(-1, 0, 23), array(7, 0, 23),
          array(6, 0, 23, [(1, 1)] * 6, ONE), array(1, 2, 23, [(1, 1)], ONE), array(1, 0, 23, [(2, 1)], ONE),
          array(1, 0, 23, [(-1, 1)], ONE), array(1, 0, 23, [(0x7fffffff, 1)], ONE), array(3, 0, 23, [(100000, 1)] * 3),
          array(1, 0, 23, [(1, 0x7fffffff)], ONE), array(1, 1, 23, [(1, 1)], struct.pack('!i', -1)),
          array(1, 0, 23, [(1, 1)], struct.pack('!i', -2)), array(1, 0, 23, [(1, 1)], struct.pack('!i', 100) + b'x'),
          array(1, 0, 23, [(1, 1)], ONE + b'x'), array(2, 0, 23, [(0, 1), (5, 1)])]
RANGES = [b'\x01', b'\x02' + ONE + ONE, b'\x06' + ONE + struct.pack('!ii', 4, 0), b'\x18', b'\x08' + ONE, b'\x00' + ONE, b'\x80' + ONE + ONE,
          b'\x02' + struct.pack('!i', -1), b'\x02' + struct.pack('!i', 3) + b'abc' + ONE, b'\x02' + ONE + ONE + b'x', b'\x01' + ONE]
RECORD = struct.pack('!i', 2) + struct.pack('!I', 23) + ONE + struct.pack('!I', 25) + struct.pack('!i', 1) + b'x'

VALUES = [
    ('bool', []), ('"char"', []), ('int2', [struct.pack('!h', -5)]), ('int4', []), ('int8', [struct.pack('!q', -5)]),
    ('float4', [struct.pack('!f', 1.5), struct.pack('!I', 0x7fc00000), struct.pack('!I', 0x7f800000)]),
    ('float8', [struct.pack('!d', -2.25), struct.pack('!Q', 0x7ff8000000000001)]),
    ('numeric', NUMERICS), ('numeric(5,2)', NUMERICS), ('money', []), ('oid', []), ('regclass', []), ('regtype', []), ('regproc', []),
    ('xid', []), ('xid8', []), ('cid', []), ('tid', [b'\0' * 6, b'\xff' * 6]), ('pg_lsn', []),
    ('text', [b'\xc3\xa4', b'\xff', b'a\0']), ('varchar(3)', [b'abcd', b'abc  ']), ('bpchar(3)', [b'abcd', b'a']), ('name', [b'n' * 70]),
    ('bytea', [b'\0\xff']), ('bit(3)', [struct.pack('!i', 3) + b'\xa0', struct.pack('!i', 3) + b'\xff', struct.pack('!i', -1), struct.pack('!i', 4) + b'\xa0']),
    ('varbit', [struct.pack('!i', 3) + b'\xff', struct.pack('!i', 9) + b'\xff', struct.pack('!i', 0x7fffffff) + b'\xff']),
    ('date', [struct.pack('!i', -2451546), struct.pack('!i', 2145031949), struct.pack('!i', -2147483648)]),
    ('time', [struct.pack('!q', 86400000000), struct.pack('!q', 86400000001), struct.pack('!q', -1)]),
    ('timetz', [struct.pack('!qi', 0, 57600), struct.pack('!qi', 0, 3600), struct.pack('!qi', -1, 0), struct.pack('!qi', 0, -2147483648)]),
    ('timestamp', [struct.pack('!q', 9223371331200000000), struct.pack('!q', -211813488000000001), struct.pack('!q', 1)]),
    ('timestamptz', [struct.pack('!q', 9223371331200000000), struct.pack('!q', 1)]),
    ('interval', [struct.pack('!qii', 1, 2, 3), struct.pack('!qii', -2 ** 63, -2 ** 31, -2 ** 31), struct.pack('!qii', 2 ** 63 - 1, 2 ** 31 - 1, 2 ** 31 - 1)]),
    ('interval day', [struct.pack('!qii', 1, 2, 3)]),
    ('uuid', []), ('inet', [b'\2\x20\0\4\x7f\0\0\1', b'\2\x21\0\4\x7f\0\0\1', b'\3\x80\0\x10' + b'\0' * 16, b'\2\x08\1\4\x0a\0\0\0', b'\2\x20\0\5\x7f\0\0\1']),
    ('cidr', [b'\2\x08\1\4\x0a\0\0\0', b'\2\x08\1\4\x0a\0\0\1']), ('macaddr', [b'\1\2\3\4\5\6']), ('macaddr8', [b'\1\2\3\4\5\6', b'\1\2\3\4\5\6\7\x08']),
    ('point', [struct.pack('!dd', 1, 2)]), ('lseg', []), ('box', [struct.pack('!dddd', 1, 2, 3, 4)]), ('line', [struct.pack('!ddd', 0, 0, 1), struct.pack('!ddd', 1, 2, 3)]),
    ('path', [struct.pack('!bi', 1, 1) + struct.pack('!dd', 1, 2), struct.pack('!bi', 1, -1), struct.pack('!bi', 0, 0x7fffffff), struct.pack('!bi', 0, 0)]),
    ('polygon', [struct.pack('!i', 1) + struct.pack('!dd', 1, 2), struct.pack('!i', -1), struct.pack('!i', 0x7fffffff)]),
    ('circle', [struct.pack('!ddd', 1, 2, -1), struct.pack('!ddd', 1, 2, 3)]),
    ('json', [b'{"a": 1}', b'{', b'[1,', b'"\\u0000"', b'[' * 200]), ('jsonb', [b'\1{"a": 1}', b'\2{}', b'\1{', b'\1"\\u0000"', b'\1' + b'[' * 200, b'\1"\xff"']),
    ('jsonpath', [b'\1$.a', b'\2$', b'\1$.', b'\1']), ('xml', [b'<a/>', b'<a']),
    ('int4[]', ARRAYS), ('text[]', [array(1, 0, 25, [(1, 1)], struct.pack('!i', 1) + b'\xff'), array(1, 0, 23, [(1, 1)], ONE)]),
    ('int4range', RANGES), ('int4multirange', [struct.pack('!i', 1) + struct.pack('!i', 9) + b'\x02' + ONE, struct.pack('!i', 1) + struct.pack('!i', 17) + b'\x02' + ONE + struct.pack('!ii', 4, 5)]),
    ('tsvector', [struct.pack('!i', 1) + b'word\0' + struct.pack('!hH', 1, 3), struct.pack('!i', 1) + b'word', struct.pack('!i', 2) + b'b\0\0\0a\0\0\0',
                  struct.pack('!i', 1) + b'w\0' + struct.pack('!h', -1), struct.pack('!i', 1) + b'w\0' + struct.pack('!hHH', 2, 5, 3), struct.pack('!i', 1) + b'\0\0\0',
                  struct.pack('!i', 1) + b'\xff\0\0\0', struct.pack('!i', 1) + b'w\0' + struct.pack('!h', 300)]),
    ('tsquery', [struct.pack('!i', 1) + b'\1\0\0word\0', struct.pack('!i', 1) + b'\1\x10\0word\0', struct.pack('!i', 2) + b'\2\1\1\0\0a\0', struct.pack('!i', 1) + b'\2\2',
                 struct.pack('!i', 1) + b'\3', struct.pack('!i', 1) + b'\2\x09', struct.pack('!i', 3) + b'\2\4\0\1\1\0\0a\0\1\0\0b\0', struct.pack('!i', 1) + b'\1\0\0word']),
    ('record', [RECORD, struct.pack('!i', -1)]), ('pg_class', [struct.pack('!i', 1)]),
    ('void', []), ('cstring', []), ('anyarray', []), ('oidvector', [array(1, 0, 26, [(1, 0)], ONE), array(1, 0, 26, [(1, 1)], ONE)]),
    ('int2vector', [array(1, 0, 21, [(1, 0)], struct.pack('!ih', 2, 5))]), ('txid_snapshot', [struct.pack('!iqq', 0, 10, 20), struct.pack('!iqqq', 1, 10, 20, 15), struct.pack('!iqq', 0, 20, 10)]),
    ('pg_node_tree', []), ('aclitem', []), ('refcursor', []), ('unknown', []),
]
