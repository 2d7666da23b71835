-- regular expressions: long chains, many iterations
select 'a' ~ repeat('ab', 499);
select length(substring(repeat('ab', 3000), repeat('ab', 2500)));
select repeat('x', 4000) ~ repeat('(x|y)', 900);
select 'x' ~ (repeat('(', 100) || 'x' || repeat(')', 100));
select 'x5' ~ (repeat('a|', 5000) || 'x5');
select regexp_replace(repeat('ab', 2000), '(' || repeat('ab', 1500) || ')', 'z') = 'z' || repeat('ab', 500);
select regexp_match(repeat('a', 1500), '(a)*');
select regexp_match(repeat('ab', 1500), '((a)(b))*');
select (regexp_match(repeat('ab', 1500), repeat('(a)b', 400)))[3];
select regexp_match('x5', repeat('(a)|', 900) || '(x)5') is null;
select regexp_match('foobarbaz', '(foo|(bar)|b(a)z)(bar|baz)*');
select regexp_match('abcd', '(a|ab)(c|bcd)(d*)');
select regexp_match('xyzzy', '((x)|(y)|(z))*');
select regexp_matches('one two three', '(o|t)(\w)\w*|(z)', 'g');
select regexp_replace('abcde', '(a|b)(c|d)?', '[\1\2]', 'g');
select substring('foobar' from '(o(b|o)(a|b))');
