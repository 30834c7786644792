import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lintNginx } from '../../src/mend/nginx/lint.ts';
import { type Directive, parseNginx, printNginx } from '../../src/mend/nginx/parse.ts';
import { testNginx } from '../support/nginx.ts';
import { describeWith } from '../support/system.ts';

const names = ({ name, args, line, block }: Directive): unknown => [
  line,
  name,
  ...args,
  ...(block ? [block.map(names)] : []),
];

test('words, quotes, escapes, comments and blocks are read as nginx reads them', () => {
  const { directives, problems } = parseNginx(
    `# a comment; { with "signs
http { # behind
    log_format main '$remote_addr "$request" '
                    "\\"$status\\" \\d";
    map $a $b { default ""; ~^x(?<y>.+)$ $y; "" 0; }
    location ~ "^/a{2}" { return 200 a#b; }
    set $c \${d}e;
    content_by_lua_block { if x then y = { "}" .. "{" } end }
}`,
  );
  expect(problems).toEqual([]);
  expect(directives.map(names)).toEqual([
    [
      2,
      'http',
      [
        [3, 'log_format', 'main', '$remote_addr "$request" ', '"$status" \\d'],
        [
          5,
          'map',
          '$a',
          '$b',
          [
            [5, 'default', ''],
            [5, '~^x(?<y>.+)$', '$y'],
            [5, '', '0'],
          ],
        ],
        [6, 'location', '~', '^/a{2}', [[6, 'return', '200', 'a#b']]],
        [7, 'set', '$c', `\${d}e`],
        [8, 'content_by_lua_block', []],
      ],
    ],
  ]);
});

test.each([
  ['listen 80', 1, 'There is no semicolon behind "listen".'],
  ['a {\n b 1\n}', 2, 'There is no semicolon behind "b".'],
  ['a;\n}', 2, 'A brace closes nothing.'],
  ['a;\nb {', 2, 'A block is not closed.'],
  ['a;\nb "c;\n', 2, 'A quote is not closed.'],
  ['a;\n;', 2, 'A semicolon ends nothing.'],
  ['\n{ a; }', 2, 'A block has no name.'],
])('%j: what is wrong is told with its line, and the rest is read', (text, line, said) => {
  const { directives, problems } = parseNginx(text);
  expect(problems).toContainEqual({ line, text: said });
  expect(directives.length + (text.startsWith('\n{') ? 1 : 0)).toBeGreaterThan(0);
});

test('no text makes the reader or a rule throw', () => {
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      ';',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      ' ',
      '$',
      '${',
      'map',
      'log_format',
      'location',
      'proxy_pass',
    ],
    ...[
      'auth_jwt',
      'set',
      'if',
      'listen',
      'server',
      '(?<a>',
      'max_ttl=',
      '$http_authorization',
      '\ufeff',
      '\0',
    ],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 60 }).map(all => all.join('')),
  );
  fc.assert(
    fc.property(text, each => {
      const { directives, problems } = parseNginx(each);
      const lines = each.split('\n').length;
      for (const { line } of [...directives, ...problems]) {
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines);
      }
      lintNginx('x', each);
    }),
    { numRuns: 500 },
  );
  expect(parseNginx('a {'.repeat(100_000)).problems.at(-1)?.text).toContain('too deep');
});

/** Words as they come in configurations, and as they do not. */
const word = fc.oneof(
  fc.string({ unit: 'binary', minLength: 0 }),
  fc.constantFrom('$a', `\${b}`, '~^/x{2}', 'a b', '#'),
);
const { tree } = fc.letrec<{ tree: Directive[]; one: Directive }>(tie => ({
  tree: fc.array(tie('one'), { maxLength: 4 }),
  one: fc
    .record(
      {
        name: word.filter(each => !each.endsWith('_by_lua_block')),
        args: fc.array(word, { maxLength: 4 }),
        line: fc.constant(0),
        block: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.constant([]), tie('tree')),
      },
      { requiredKeys: ['name', 'args', 'line'] },
    )
    .map(each => each as Directive),
}));
const withoutLines = (all: readonly Directive[]): unknown[] =>
  all.map(({ name, args, block }) => ({ name, args, ...(block ? { block: withoutLines(block) } : {}) }));

test('what is written is read again as it was', () => {
  fc.assert(
    fc.property(tree, directives => {
      const { directives: again, problems } = parseNginx(printNginx(directives));
      expect(problems).toEqual([]);
      expect(withoutLines(again)).toEqual(withoutLines(directives));
    }),
    { numRuns: 300 },
  );
});

describeWith('nginx', 'beside a real nginx', () => {
  test.each([
    [`map $uri $x { default "a\\"b"; '~^/(?<y>.)' $y; "" 0; }`, true],
    ['server { listen 127.0.0.1:9; location ~ "^/a{2}" { return 200 "x;}"; } } # end', true],
    ['server { listen 127.0.0.1:9 }', false],
    ['server { listen 127.0.0.1:9; } }', false],
    ['server { set $a "x; }', false],
  ])('%j is understood where nginx understands it', async (text, isRight) => {
    const { code } = await testNginx(text);
    expect([code === 0, parseNginx(`http {\n${text}\n}`).problems.length === 0]).toEqual([isRight, isRight]);
    if (isRight) expect(await testNginx(printNginx(parseNginx(text).directives))).toMatchObject({ code: 0 });
  });
});
