/** A text made of a unit again and again, in about so many characters. */
export type Make = (size: number) => string;

const again =
  (unit: string, before = '', behind = ''): Make =>
  size =>
    before +
    unit.repeat(Math.max(1, Math.floor((size - before.length - behind.length) / unit.length))) +
    behind;

/** Members that are all different. */
const numbered =
  (unit: (index: number) => string, before = '', behind = ''): Make =>
  size => {
    const parts: string[] = [];
    for (let length = 0, index = 0; length < size; index++) {
      const part = unit(index);
      parts.push(part);
      length += part.length;
    }
    return before + parts.join('') + behind;
  };

/** Signs and pairs that a reader takes for the beginning, the end or the middle of something. */
const UNITS = [
  ...' a0-=:/."\'<>[{(%+_;&@\\,#|*`~^$!?\n\r\t\0\u2028\ufffd\u202e',
  'é',
  '😀',
  '\r\n',
  '\n\n',
  'a ',
  'a\n',
  'a,',
  'a=b,',
  'a="b", ',
  'Bearer a=b, ',
  'Bearer ',
  'basic+',
  '"a',
  '\\"',
  '\\u0041',
  '\\\\',
  '//',
  '/*',
  '*/',
  '/a',
  '../',
  '%41',
  '%',
  '${',
  '${a',
  '<a ',
  '<script>',
  '<h1',
  '<title>',
  '&amp;',
  'data:x\n',
  'data:x\n\n',
  ': x\n',
  'a b;\n',
  'a{',
  'a{}',
  '};',
  '{},',
  '[],',
  '{"a":',
  'a.',
  'A1',
  'a@a',
  'http://a ',
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '[redacted 1 #000000]',
  'client not ',
  'state ',
  'AADSTS50011 ',
];

/** Texts of no grammar in particular. */
const PLAIN: readonly [string, Make][] = UNITS.flatMap((unit): [string, Make][] => [
  [`${JSON.stringify(unit)} again and again`, again(unit)],
  [`${JSON.stringify(unit)} again and again, and a mismatch`, again(unit, 'a', 'a\0')],
]);

/** JSON of many small things, of one long text, and of nothing but depth. */
const JSON_TEXTS: readonly [string, Make][] = [
  ['brackets', again('[')],
  ['nested lists', size => '['.repeat(size / 2) + ']'.repeat(size / 2)],
  ['nested objects', size => `${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`],
  ['empty objects', again('{},', '[', '{}]')],
  ['small objects', again('{"a":1},', '[', '0]')],
  ['numbers', again('1,', '[', '1]')],
  ['texts', again('"",', '[', '""]')],
  ['members', numbered(index => `"k${index}":${index},`, '{', '"end":0}')],
  ['doubles', again('"id":1,', '{', '"id":2}')],
  ['a long text', again('a', '{"resource":"', '"}')],
  ['escapes', again('\\u0041', '{"issuer":"', '"}')],
];

/** What a member of metadata, of a registration, or of a token's answer can be. */
const MEMBERS = [
  'resource',
  'authorization_servers',
  'scopes_supported',
  'bearer_methods_supported',
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'jwks_uri',
  'redirect_uris',
  'grant_types_supported',
  'response_types_supported',
  'code_challenge_methods_supported',
  'token_endpoint_auth_methods_supported',
  'scope',
  'error',
  'error_description',
  'access_token',
  'id_token',
  'client_id',
];

/** Documents in which every member is long, a list of many, or a URL of many parts. */
const DOCUMENTS: readonly [string, Make][] = [
  ...['a', '/', 'https://as.example/', 'a ', '%', '#', '-', '.', 'eyJ'].map((unit): [string, Make] => [
    `members of ${JSON.stringify(unit)}`,
    size =>
      JSON.stringify(Object.fromEntries(MEMBERS.map(name => [name, again(unit)(size / MEMBERS.length)]))),
  ]),
  ...['https://as.example/', 'https://mcp.example/mcp?'].map((start): [string, Make] => [
    `members of ${start} and much more`,
    size =>
      JSON.stringify(
        Object.fromEntries(MEMBERS.map(name => [name, again('a/', start)(size / MEMBERS.length)])),
      ),
  ]),
  [
    'lists of different texts',
    size => {
      const list = Array.from({ length: size / MEMBERS.length / 10 }, (_, index) => `s${index}`.padEnd(7));
      return JSON.stringify(Object.fromEntries(MEMBERS.map(name => [name, list])));
    },
  ],
  ...MEMBERS.slice(0, 4).map((name): [string, Make] => [
    `a long list in ${name}`,
    numbered(
      index => `"https://as${index}.example",`,
      `{"issuer":"https://as.example","resource":"https://mcp.example/mcp","${name}":[`,
      '""]}',
    ),
  ]),
];

/** Texts that some function of ours might take long for. */
export const NASTY: readonly [string, Make][] = [...PLAIN, ...JSON_TEXTS, ...DOCUMENTS];
