do $$ declare a int[] := '{}'; begin for i in 1..20000 loop a[i] := i; end loop; raise notice '% %', array_length(a,1), a[20000]; end $$;
do $$ declare a int[] := '{1,2,3}'; b bigint[] := '[0:1]={5,6}'; f float8[]; begin a[2] := 20; a[4] := 40; a[6] := 60; a[1] := null; a[1] := 5; raise notice '%', a; b[0] := 7; b[2] := 8; b[-1] := 1; raise notice '%', b; f[1] := 1.5; f[2] := 2; f[2] := f[1] + f[2]; raise notice '%', f; end $$;
do $$ declare a int[] := '{{1,2},{3,4}}'; begin a[1][2] := 9; raise notice '%', a; a[1] := 5; end $$;
do $$ declare a date[]; i int := 1; begin a[i] := '2020-01-01'; a[i+1] := a[i] + 1; raise notice '%', a; a[1] := 'bad'; end $$;
do $$ declare a bool[] := '{t,f}'; s smallint[] := '{1}'; n numeric[] := '{1}'; begin a[2] := true; s[2] := 5; s[1] := 70000; end $$;
create function nx() returns int language plpgsql volatile as $$ begin raise notice 'called'; return 1; end $$;
do $$ declare a int[] := '{1,2}'; begin a[nx()] := nx() + 5; raise notice '%', a; a[null] := 1; end $$;
