-- sanity.sql: what must hold of the catalogs of any database. Every query returns no row; a row is a
-- finding. Run: psql -X -A -t -f regress/sanity.sql

-- types: what they name exists

SELECT 'type without in/out', oid, typname FROM pg_type t
WHERE typisdefined AND (NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = typinput)
                        OR NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = typoutput));
SELECT 'type without its relation', oid, typname FROM pg_type t
WHERE (typtype = 'c') <> (typrelid <> 0)
   OR (typrelid <> 0 AND NOT EXISTS (SELECT 1 FROM pg_class c
                                     WHERE c.oid = t.typrelid AND c.reltype = t.oid));
SELECT 'array and element disagree', t.oid, t.typname FROM pg_type t
WHERE t.typarray <> 0 AND NOT EXISTS (SELECT 1 FROM pg_type a
                                      WHERE a.oid = t.typarray AND a.typelem = t.oid);
SELECT 'element is missing', t.oid, t.typname FROM pg_type t
WHERE t.typelem <> 0 AND NOT EXISTS (SELECT 1 FROM pg_type e WHERE e.oid = t.typelem);
SELECT 'domain without base', t.oid, t.typname FROM pg_type t
WHERE (t.typtype = 'd') <> (t.typbasetype <> 0)
   OR (t.typtype = 'd' AND NOT EXISTS (SELECT 1 FROM pg_type b WHERE b.oid = t.typbasetype));
SELECT 'enum without labels or labels without enum', e.enumtypid FROM pg_enum e
WHERE NOT EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = e.enumtypid AND t.typtype = 'e');
SELECT 'range', r.rngtypid FROM pg_range r
WHERE NOT EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = r.rngtypid AND t.typtype = 'r')
   OR NOT EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = r.rngmultitypid AND t.typtype = 'm')
   OR NOT EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = r.rngsubtype)
   OR NOT EXISTS (SELECT 1 FROM pg_opclass o WHERE o.oid = r.rngsubopc);
SELECT 'input function takes the wrong arguments', t.oid, t.typname, p.proname
FROM pg_type t JOIN pg_proc p ON p.oid = t.typinput
WHERE NOT ((p.pronargs = 1 AND p.proargtypes[0] = 'cstring'::regtype)
           OR (p.pronargs = 2 AND p.proargtypes[0] = 'cstring'::regtype
               AND p.proargtypes[1] = 'oid'::regtype)
           OR (p.pronargs = 3 AND p.proargtypes[0] = 'cstring'::regtype
               AND p.proargtypes[1] = 'oid'::regtype AND p.proargtypes[2] = 'int4'::regtype));
SELECT 'output function gives no cstring', t.oid, t.typname, p.proname
FROM pg_type t JOIN pg_proc p ON p.oid = t.typoutput
WHERE p.prorettype <> 'cstring'::regtype OR p.proretset;

-- functions

SELECT 'function with a missing type', p.oid, p.proname FROM pg_proc p
WHERE NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = p.prorettype)
   OR EXISTS (SELECT 1 FROM unnest(p.proargtypes::oid[]) a (t)
              WHERE NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = a.t))
   OR EXISTS (SELECT 1 FROM unnest(p.proallargtypes) a (t)
              WHERE NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = a.t));
SELECT 'function with odd numbers', oid, proname FROM pg_proc
WHERE pronargs <> coalesce(array_length(proargtypes::oid[], 1), 0)
   OR pronargdefaults < 0 OR pronargdefaults > pronargs
   OR (pronargdefaults > 0) <> (proargdefaults IS NOT NULL)
   OR (proargmodes IS NOT NULL AND array_length(proargmodes, 1) <> array_length(proallargtypes, 1))
   OR prokind NOT IN ('f', 'a', 'w', 'p') OR provolatile NOT IN ('i', 's', 'v')
   OR proparallel NOT IN ('s', 'r', 'u') OR (prorows <> 0) <> proretset;
SELECT 'two functions of one signature', proname, proargtypes FROM pg_proc
GROUP BY proname, proargtypes, pronamespace HAVING count(*) > 1;
SELECT 'function without language', p.oid, p.proname FROM pg_proc p
WHERE NOT EXISTS (SELECT 1 FROM pg_language l WHERE l.oid = p.prolang);
SELECT 'aggregate and function disagree', p.oid, p.proname FROM pg_proc p
LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE (p.prokind = 'a') <> (a.aggfnoid IS NOT NULL);
SELECT 'aggregate names a missing function', a.aggfnoid FROM pg_aggregate a
WHERE NOT EXISTS (SELECT 1 FROM pg_proc p WHERE p.oid = a.aggtransfn)
   OR (a.aggfinalfn <> 0 AND NOT EXISTS (SELECT 1 FROM pg_proc p WHERE p.oid = a.aggfinalfn))
   OR NOT EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = a.aggtranstype)
   OR (a.aggsortop <> 0 AND NOT EXISTS (SELECT 1 FROM pg_operator o WHERE o.oid = a.aggsortop));

-- operators

SELECT 'operator and function disagree', o.oid, o.oprname FROM pg_operator o
LEFT JOIN pg_proc p ON p.oid = o.oprcode
WHERE o.oprcode <> 0
  AND (p.oid IS NULL OR p.prorettype <> o.oprresult
       OR p.pronargs <> (CASE o.oprkind WHEN 'b' THEN 2 ELSE 1 END));
SELECT 'operator without operand types', oid, oprname FROM pg_operator
WHERE (oprkind = 'b') <> (oprleft <> 0) OR oprright = 0 OR oprkind NOT IN ('b', 'l');
SELECT 'commutator does not commute back', a.oid, a.oprname FROM pg_operator a
LEFT JOIN pg_operator b ON b.oid = a.oprcom
WHERE a.oprcom <> 0 AND (b.oid IS NULL OR b.oprcom <> a.oid OR b.oprleft <> a.oprright
                         OR b.oprright <> a.oprleft);
SELECT 'negator does not negate back', a.oid, a.oprname FROM pg_operator a
LEFT JOIN pg_operator b ON b.oid = a.oprnegate
WHERE a.oprnegate <> 0 AND (b.oid IS NULL OR b.oprnegate <> a.oid OR a.oprresult <> 'bool'::regtype);
SELECT 'two operators of one signature', oprname, oprleft, oprright FROM pg_operator
GROUP BY oprname, oprleft, oprright, oprnamespace HAVING count(*) > 1;
SELECT 'hash join without a hash family', o.oid, o.oprname FROM pg_operator o
WHERE o.oprcanhash AND o.oprleft <> 'anyenum'::regtype
  AND NOT EXISTS (SELECT 1 FROM pg_amop m WHERE m.amopopr = o.oid AND m.amopmethod = 405);

-- casts

SELECT 'cast names something missing', c.oid FROM pg_cast c
WHERE NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = c.castsource)
   OR NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = c.casttarget)
   OR (c.castfunc <> 0) <> (c.castmethod = 'f')
   OR (c.castfunc <> 0 AND NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = c.castfunc));

-- operator classes and families

SELECT 'operator class', o.oid, o.opcname FROM pg_opclass o
WHERE NOT EXISTS (SELECT 1 FROM pg_opfamily f
                  WHERE f.oid = o.opcfamily AND f.opfmethod = o.opcmethod)
   OR NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = o.opcintype);
SELECT 'two default classes', opcmethod, opcintype FROM pg_opclass WHERE opcdefault
GROUP BY opcmethod, opcintype HAVING count(*) > 1;
SELECT 'member operator', m.oid FROM pg_amop m
LEFT JOIN pg_operator o ON o.oid = m.amopopr
LEFT JOIN pg_opfamily f ON f.oid = m.amopfamily
WHERE o.oid IS NULL OR f.oid IS NULL OR f.opfmethod <> m.amopmethod
   OR o.oprleft <> m.amoplefttype OR o.oprright <> m.amoprighttype;
SELECT 'member function', m.oid FROM pg_amproc m
WHERE NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = m.amproc)
   OR NOT EXISTS (SELECT 1 FROM pg_opfamily WHERE oid = m.amprocfamily);
SELECT 'b-tree class without its five operators', o.oid, o.opcname FROM pg_opclass o
WHERE o.opcmethod = 403
  AND (SELECT count(*) FROM pg_amop m WHERE m.amopfamily = o.opcfamily
       AND m.amoplefttype = o.opcintype AND m.amoprighttype = o.opcintype
       AND m.amopstrategy BETWEEN 1 AND 5) <> 5;

-- relations and columns

SELECT 'relation without owner or schema', c.oid, c.relname FROM pg_class c
WHERE NOT EXISTS (SELECT 1 FROM pg_authid WHERE oid = c.relowner)
   OR NOT EXISTS (SELECT 1 FROM pg_namespace WHERE oid = c.relnamespace);
SELECT 'columns miscounted', c.oid, c.relname FROM pg_class c
WHERE c.relnatts <> (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0);
SELECT 'column disagrees with its type', a.attrelid::regclass, a.attname
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE NOT a.attisdropped
  AND (a.attlen <> t.typlen OR a.attbyval <> t.typbyval OR a.attalign <> t.typalign);
SELECT 'column of nothing', a.attrelid, a.attname FROM pg_attribute a
WHERE NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = a.attrelid)
   OR (NOT a.attisdropped AND NOT EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = a.atttypid));
SELECT 'default and column disagree', a.attrelid::regclass, a.attname
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.atthasdef <> (d.oid IS NOT NULL);
SELECT 'index', i.indexrelid FROM pg_index i
WHERE NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = i.indexrelid AND c.relkind IN ('i', 'I'))
   OR NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = i.indrelid AND c.relhasindex)
   OR i.indnkeyatts > i.indnatts OR i.indnkeyatts < 1;
SELECT 'key column', i.indexrelid::regclass, k.attnum FROM pg_index i, unnest(i.indkey) k (attnum)
WHERE k.attnum <> 0
  AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid
                  AND a.attnum = k.attnum AND NOT a.attisdropped);
SELECT 'constraint of nothing', c.oid, c.conname FROM pg_constraint c
WHERE (c.conrelid <> 0 AND NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = c.conrelid))
   OR (c.contypid <> 0 AND NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = c.contypid))
   OR (c.confrelid <> 0 AND NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = c.confrelid))
   OR (c.contype IN ('p', 'u', 'x')
       AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = c.conindid));
SELECT 'checks miscounted', c.oid, c.relname FROM pg_class c
WHERE c.relchecks <> (SELECT count(*) FROM pg_constraint k
                      WHERE k.conrelid = c.oid AND k.contype = 'c');
SELECT 'view without its query', c.oid, c.relname FROM pg_class c
WHERE c.relkind = 'v'
  AND NOT EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '1');
SELECT 'sequence without its row', c.oid, c.relname FROM pg_class c
WHERE (c.relkind = 'S') <> EXISTS (SELECT 1 FROM pg_sequence s WHERE s.seqrelid = c.oid);
SELECT 'name taken twice', relname, relnamespace FROM pg_class
GROUP BY relname, relnamespace HAVING count(*) > 1;

-- dependencies

SELECT 'dependency of or on a missing relation', d.classid, d.objid, d.refclassid, d.refobjid
FROM pg_depend d
WHERE (d.classid = 'pg_class'::regclass AND NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = d.objid))
   OR (d.refclassid = 'pg_class'::regclass
       AND NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = d.refobjid))
   OR (d.classid = 'pg_type'::regclass AND NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = d.objid))
   OR (d.refclassid = 'pg_type'::regclass
       AND NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = d.refobjid))
   OR (d.classid = 'pg_proc'::regclass AND NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = d.objid))
   OR (d.refclassid = 'pg_proc'::regclass
       AND NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = d.refobjid))
   OR (d.classid = 'pg_constraint'::regclass
       AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE oid = d.objid))
   OR (d.refclassid = 'pg_namespace'::regclass
       AND NOT EXISTS (SELECT 1 FROM pg_namespace WHERE oid = d.refobjid));

-- each index of a catalog says the same as its table

SELECT 'pg_class by name', c.oid FROM pg_class c
WHERE c.oid <> (SELECT x.oid FROM pg_class x
                WHERE x.relname = c.relname AND x.relnamespace = c.relnamespace);
SELECT 'pg_proc by oid', p.oid FROM pg_proc p
WHERE p.proname <> (SELECT x.proname FROM pg_proc x WHERE x.oid = p.oid);
SELECT 'pg_type by name', t.oid FROM pg_type t
WHERE t.oid <> (SELECT x.oid FROM pg_type x
                WHERE x.typname = t.typname AND x.typnamespace = t.typnamespace);
