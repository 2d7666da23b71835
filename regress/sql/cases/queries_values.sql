-- to_char of floats: no more decimals than their digits have
select to_char(v::float8,'MI9999999999.99') a, to_char(v::float4,'MI9999999999.99') b, to_char(v::float8,'MI99.99') c, to_char(v::float4,'MI99.99') d, to_char(v::float8,'FM9999999999D9999900000000000000000') e, to_char(v::float4, 'S000.0000') f, to_char(v::float8,'99V99') g from (values ('0'),('-4.2'),('4.2e9'),('1.2e-5'),('inf'),('-inf'),('nan'),('12345.678'),('0.1'),('-99999.5'),('100000000000000000000')) x(v);
select to_char('12345678901'::float8, 'FM9999999999D9999900000000000000000');
select to_char(1e20::float8,'999999999999999999999D9');
select to_char(1234.5678::float8,'9.99EEEE'), to_char(3.0::float8,'RN'), to_char(0.123456789012345678::float8,'9.99999999999999999999');
select to_char(0.5::float4, '9.99999999'), to_char(1234567::float4, '9999999.99'), to_char(999999.9::float4, '9999999.99');
select to_char(1e15::float8, '9999999999999999D99'), to_char(1e14::float8, '999999999999999D99');
select to_char(sum(n::float8) over (order by i rows between current row and 1 following), '999999999999999999999D9') from (values (1, 1e20), (2, 1)) n(i, n);
