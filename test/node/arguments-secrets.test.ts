import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { Surroundings } from '../../src/node/argument-text.ts';
import { parseArguments } from '../../src/node/arguments.ts';

const URL_ = 'https://mcp.example/mcp';

/** How a variable of the environment is named on a command line. */
const variable = (name: string) => `\${${name}}`;

function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
}

/** The settings of a command line, with these variables and files. */
function settings(
  argv: readonly string[],
  env: Surroundings['env'] = {},
  files: Record<string, string> = {},
) {
  const readFile = (path: string) => files[path] ?? missing(path);
  return parseArguments([URL_, ...argv], { env, readFile, platform: 'linux' }).settings;
}

/** The sentence a command line is refused with. */
function refused(...given: Parameters<typeof settings>): string {
  try {
    settings(...given);
  } catch (error) {
    if (error instanceof Fault && error.code.startsWith('usage.')) return error.sentence;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('headers', () => {
  test('are read as Name:Value, the last of a name counts', () => {
    const argv = [
      '--header',
      'X-One: 1',
      '--header=X-Two:a:b',
      '--header',
      'x-one:  2  ',
      '--header',
      'X-Empty:',
    ];
    expect(settings(argv).headers).toEqual([
      ['x-one', '2'],
      ['X-Two', 'a:b'],
      ['X-Empty', ''],
    ]);
  });

  test('have variables replaced, so that secrets stay out of argument lists (row 4.9)', () => {
    const [token, a, b] = ['TOKEN', 'A', 'B'].map(variable);
    const argv = ['--header', `Authorization: Bearer ${token}`, '--header', `X: ${a}${b}$C$${a}`];
    expect(settings(argv, { TOKEN: 'hush', A: '1', B: `${a}` }).headers).toEqual([
      ['Authorization', 'Bearer hush'],
      ['X', `1${a}$C$1`],
    ]);
  });

  test('have a variable that is set but empty replaced with nothing', () => {
    expect(settings(['--header', `X: a${variable('EMPTY')}b`], { EMPTY: '' }).headers).toEqual([['X', 'ab']]);
  });

  test.each(['MISSING', 'toString', '__proto__', 'constructor'])(
    'are refused where the variable %s is not set',
    name => {
      expect(refused(['--header', `X: ${variable(name)}`], { OTHER: 'x' })).toBe(
        `The environment variable ${name}, named in header X, is not set. Set it in the "env" of the host's configuration.`,
      );
    },
  );

  test('are read from a file, one a line, without comments', () => {
    const file = `\ufeffX-One: 1\r\n# X-Two: 2\n\n   \nX-Three: ${variable('THREE')}`;
    expect(settings(['--header-file', 'h'], { THREE: '3' }, { h: file }).headers).toEqual([
      ['X-One', '1'],
      ['X-Three', '3'],
    ]);
  });

  test('are refused where the file cannot be read, by its name and the reason', () => {
    expect(refused(['--header-file', 'h'])).toBe(
      '--header-file: the file h cannot be read (ENOENT). Check the path and its permissions.',
    );
  });
});

describe('a client registered by hand', () => {
  const flag = '--static-oauth-client-info';

  test('is JSON, or a file with it', () => {
    const json =
      '{"client_id":"me","client_secret":"hush","token_endpoint_auth_method":"client_secret_post"}';
    const client = { clientId: 'me', clientSecret: 'hush', tokenEndpointAuthMethod: 'client_secret_post' };
    expect(settings([flag, json]).client.staticClient).toEqual(client);
    expect(settings([flag, '@c.json'], {}, { 'c.json': `\ufeff${json}` }).client.staticClient).toEqual(
      client,
    );
  });

  test('has variables replaced', () => {
    const json = JSON.stringify({ client_id: variable('ID'), client_secret: variable('SECRET') });
    expect(settings([flag, json], { ID: 'me', SECRET: 'hush' }).client.staticClient).toEqual({
      clientId: 'me',
      clientSecret: 'hush',
    });
  });

  test('may have no secret', () => {
    for (const secret of [null, '']) {
      const json = JSON.stringify({ client_id: 'me', client_secret: secret, client_name: 'Me' });
      expect(settings([flag, json]).client.staticClient).toEqual({ clientId: 'me' });
    }
  });

  test.each([
    ['no JSON', 'client_id=hush', `${flag} wants a JSON object or @file.`],
    ['broken', '{"client_secret":"hush"', `${flag} wants a JSON object or @file.`],
    ['no object', '["hush"]', `${flag} wants a JSON object or @file.`],
    ['without an id', '{"client_secret":"hush"}', `${flag} has no "client_id".`],
    ['with an id that is no text', '{"client_id":7,"client_secret":"hush"}', `${flag} has no "client_id".`],
    ['with an empty id', '{"client_id":"","client_secret":"hush"}', `${flag} has no "client_id".`],
    [
      'with a secret that is no text',
      '{"client_id":"me","client_secret":7}',
      `${flag}: "client_secret" is not a string.`,
    ],
    [
      'with a method that is not built',
      '{"client_id":"me","client_secret":"hush","token_endpoint_auth_method":"private_key_jwt"}',
      `${flag}: token_endpoint_auth_method private_key_jwt is not supported.`,
    ],
  ])('is refused when it is %s, without repeating it', (_what, json, message) => {
    expect(refused([flag, json])).toBe(`${message} \`keybridge --help\` lists them all.`);
  });
});

describe('client metadata', () => {
  const flag = '--static-oauth-client-metadata';

  test('is JSON, or a file with it, taken as it is', () => {
    const metadata = { client_name: 'Me', scope: 'a b', contacts: ['x'] };
    const json = JSON.stringify(metadata);
    expect(settings([flag, json]).client.clientMetadata).toEqual(metadata);
    expect(settings([flag, '@m'], {}, { m: json }).client.clientMetadata).toEqual(metadata);
  });

  test('is refused when it is no object', () => {
    for (const text of ['', 'null', '"hush"', '@']) expect(refused([flag, text])).not.toContain('hush');
  });
});

describe('a secret in the wrong place is never repeated', () => {
  test.each<[string, string[]]>([
    ['a header whose quotes were forgotten', ['--header', 'Authorization:', 'Bearer', 'hush-1234']],
    ['its value alone', ['--header', 'Authorization:Bearer', 'hush-1234']],
    ['a third word', ['3334', 'hush-1234']],
    ['a header without a name', ['--header', ': hush-1234']],
    ['a header without a colon', ['--header', 'hush-1234']],
    ['a name no header can have', ['--header', 'hush-1234 x: y']],
    ['a value no header can have', ['--header', 'X: hush-1234\r\nY: z']],
    ['a header written as a flag', ['--Authorization: Bearer hush-1234']],
    ['a header flag with a colon', ['--header:Authorization: Bearer hush-1234']],
    ['a parameter without a name', ['--authorize-param', '=hush-1234']],
    ['a value for a flag that takes none', ['--debug=hush-1234']],
    ['a flag that is not built', ['--client-credentials=hush-1234']],
    ['a flag that does not exist', ['--token=hush-1234']],
    ['a URL with a password as resource', ['--resource', 'hush-1234']],
    ['a transport', ['--transport', 'hush-1234']],
  ])('%s', (_what, argv) => {
    expect(refused(argv)).not.toContain('hush-1234');
  });

  test.each(['hush-1234', 'https//mcp.example/?key=hush-1234', 'Bearer hush-1234'])(
    'in the place of the URL: %s',
    text => {
      const read = () => parseArguments([text], { env: {}, readFile: missing, platform: 'linux' });
      expect(read).toThrow(expect.objectContaining({ code: 'usage.url' }));
      expect(read).not.toThrow('hush-1234');
    },
  );

  test.each([
    ['mcp.example', '"mcp.example" is not the URL of a server.'],
    ['mcp.example:8080/mcp/hush-1234?key=hush-1234', '"mcp.example:8080/…" is not the URL of a server.'],
    ['ftp://mcp.example/', '"ftp://mcp.example/" is not the URL of a server.'],
    ['eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.hush', 'The first argument is not the URL of a server.'],
    ['ada:hush-1234@mcp.example', 'The first argument is not the URL of a server.'],
    ['mcp.example?key=hush-1234', 'The first argument is not the URL of a server.'],
  ])('but the host of an address that lacks its https:// is: %s', (text, message) => {
    expect(() => parseArguments([text], { env: {}, readFile: missing, platform: 'linux' })).toThrow(
      expect.objectContaining({ code: 'usage.url', message }),
    );
  });

  test('in a file of headers', () => {
    for (const text of ['hush-1234', ':hush-1234', 'X: hush-1234\u0000']) {
      expect(refused(['--header-file', 'h'], {}, { h: text })).not.toContain('hush-1234');
    }
  });

  test('and a hint is given for the quotes', () => {
    expect(refused(['--header', 'Authorization:', 'Bearer', 'hush-1234'])).toMatch(/quot/);
  });
});

test('whatever the command line, it is read or refused with a usage fault in one line', () => {
  const flags = [
    '--header',
    '--header-file',
    '--as',
    '--host',
    '--callback-path',
    '--resource',
    '--transport',
  ];
  const more = [
    '--authorize-param',
    '--static-oauth-client-info',
    '--static-oauth-client-metadata',
    '--debug',
  ];
  const word = fc.oneof(
    fc.constantFrom(...flags, ...more, '--client-metadata-url', '--ignore-tool', URL_, '3334'),
    fc.constantFrom(`A: \${B}`, `{"client_id":"\${toString}"}`, '@file', '{}', 'a=b', '--', '-'),
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.json(),
  );
  const env = fc.dictionary(fc.string(), fc.string());
  fc.assert(
    fc.property(fc.array(word), env, fc.string({ unit: 'binary' }), (argv, variables, text) => {
      try {
        const read = parseArguments(argv, {
          env: variables,
          readFile: () => text,
          platform: 'linux',
        }).settings;
        expect(JSON.parse(JSON.stringify(read))).toEqual(read);
        for (const [, value] of read.headers) expect(typeof value).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
        expect((error as Fault).code).toMatch(/^usage\./);
        expect((error as Fault).sentence).not.toMatch(/[\p{Cc}\u2028]/u);
        expect((error as Fault).sentence.length).toBeLessThan(600);
      }
    }),
    { numRuns: 1_000 },
  );
});
