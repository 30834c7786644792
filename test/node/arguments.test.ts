import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { Surroundings } from '../../src/node/argument-text.ts';
import { parseArguments } from '../../src/node/arguments.ts';

const URL_ = 'https://mcp.example/mcp';
const surroundings: Surroundings = { env: {}, platform: 'linux', readFile: missing };

function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
}

const parse = (argv: readonly string[], more: Partial<Surroundings> = {}) =>
  parseArguments(argv, { ...surroundings, ...more });
const settings = (argv: readonly string[], more?: Partial<Surroundings>) =>
  parse([URL_, ...argv], more).settings;

/** The Fault a command line is refused with. */
function refused(argv: readonly string[], more?: Partial<Surroundings>): Fault {
  try {
    parse(argv, more);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('a URL alone', () => {
  test('has the defaults of everything', () => {
    expect(parse([URL_])).toEqual({
      json: false,
      notes: [],
      settings: {
        server: URL_,
        profile: 'default',
        headers: [],
        transport: 'http-first',
        ignoreTools: [],
        client: { allowHttp: false, assumePkce: false, allowPrivate: false },
        network: {},
        debug: false,
        silent: false,
      },
    });
  });

  test.each([
    ['HTTPS://MCP.Example:443/mcp', 'https://mcp.example/mcp'],
    ['https://mcp.example', 'https://mcp.example/'],
    ['https://mcp.example/mcp?team=a#part', 'https://mcp.example/mcp?team=a'],
    ['http://127.0.0.1:3000/mcp', 'http://127.0.0.1:3000/mcp'],
    ['http://localhost/mcp', 'http://localhost/mcp'],
    ['http://[::1]:1/mcp', 'http://[::1]:1/mcp'],
  ])('is normalized: %s', (given, server) => {
    expect(parse([given]).settings.server).toBe(server);
  });

  test('is missing', () => {
    for (const argv of [[], ['--debug'], ['--header', 'A: b']]) {
      expect(refused(argv)).toMatchObject({
        code: 'usage.url',
        message: 'The URL of the MCP server is missing.',
        remedy: 'Write: keybridge https://server.example/mcp',
      });
    }
  });

  test.each([
    'mcp.example/mcp',
    'ftp://mcp.example',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '',
    '-h',
    '/',
  ])('is none: "%s"', given => {
    expect(refused([given])).toMatchObject({
      code: 'usage.url',
      remedy: 'It begins with https://, for example https://server.example/mcp',
    });
  });

  test('is refused with a name or password in it, which are not repeated', () => {
    for (const given of ['https://ada:hush@mcp.example', 'https://hush@mcp.example']) {
      const fault = refused([given]);
      expect(fault).toMatchObject({ code: 'usage.url' });
      expect(fault.sentence).not.toContain('hush');
    }
  });

  test('is refused over plain http beyond this machine, unless the user allows it', () => {
    for (const host of ['mcp.example', '10.0.0.1', 'localhost.evil.example', '[::ffff:127.0.0.1]']) {
      const fault = refused([`http://${host}/mcp?token=hush`]);
      expect(fault).toMatchObject({ code: 'usage.url' });
      expect(fault.message).toContain('is plain http');
      expect(fault.remedy).toContain('--allow-http');
      expect(fault.sentence).not.toContain('hush');
      expect(parse(['--allow-http', `http://${host}/`]).settings.client.allowHttp).toBe(true);
    }
  });
});

describe('the callback', () => {
  test('is what it is to mcp-remote when a port is given', () => {
    expect(settings(['3334']).client.callback).toEqual({
      host: 'localhost',
      port: 3334,
      path: '/oauth/callback',
    });
    expect(settings(['3334'], { platform: 'win32' }).client.callback?.host).toBe('127.0.0.1');
  });

  test('has the host and the path the user names', () => {
    const argv = ['--host', '127.0.0.1', '--callback-path=/cb', '8080'];
    expect(settings(argv).client.callback).toEqual({ host: '127.0.0.1', port: 8080, path: '/cb' });
    expect(settings(['--callback-path', '/cb']).client.callback).toEqual({ host: 'localhost', path: '/cb' });
  });

  test.each(['0', '65536', '-1', '3334.5', '1e3', '0x50', ' 80', '', 'port', '٣', '99999999999999999999'])(
    'is refused on port "%s"',
    port => {
      expect(refused([URL_, port])).toMatchObject({
        code: 'usage.flag',
        message: expect.stringContaining('The callback port is a number from 1 to 65535'),
      });
    },
  );

  test.each(['localhost', 'app.localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])(
    'may be on %s',
    host => {
      expect(settings(['--host', host]).client.callback?.host).toBe(host);
    },
  );

  test.each([
    '',
    'mcp.example',
    '0.0.0.0',
    '::',
    '192.168.0.1',
    'localhost.evil.example',
    'evil.example/.localhost',
    'evil.example?.localhost',
    'evil.example#.localhost',
    'ada@evil.example\\.localhost',
    'ada@x.localhost',
    'evil.example:80/.localhost',
    'a b.localhost',
    '"><script>.localhost',
    '127.999.0.1',
    '.localhost',
  ])('may not be on "%s"', host => {
    expect(refused([URL_, '--host', host])).toMatchObject({
      code: 'usage.flag',
      message: expect.stringContaining('--host is a name of this machine itself'),
    });
  });

  test.each(['', 'callback', 'https://evil.example/', '/a b', '/a?b', '/a#b', '/a\nb', '/ü'])(
    'is refused at the path "%s"',
    path => {
      expect(refused([URL_, '--callback-path', path])).toMatchObject({
        code: 'usage.flag',
        message: '--callback-path is a path that begins with "/".',
      });
    },
  );
});

describe('what belongs to the sign-in', () => {
  test('the resource is taken as it is written', () => {
    expect(settings(['--resource', ' https://api.example/ ']).client.resource).toBe('https://api.example/');
    expect(settings(['--resource', 'urn:api']).client.resource).toBe('urn:api');
    expect(settings(['--resource', '']).client.resource).toBe('');
  });

  test.each(['api', '/mcp', 'https://api.example/#part', 'urn:api#'])(
    'the resource "%s" is refused, for it is no absolute URI without a fragment',
    resource => {
      expect(refused([URL_, '--resource', resource])).toMatchObject({
        code: 'usage.flag',
        message: expect.stringContaining('RFC 8707 §2'),
      });
    },
  );

  test('authorization parameters are collected, the last of a name counts', () => {
    const argv = [
      '--authorize-param',
      'a=1',
      '--authorize-param=b=x=y',
      '--authorize-param',
      'a=',
      '--authorize-param',
      '__proto__=z',
    ];
    expect(Object.entries(settings(argv).client.authorizeParams ?? {})).toEqual([
      ['a', ''],
      ['b', 'x=y'],
      ['__proto__', 'z'],
    ]);
  });

  test.each([
    'client_id',
    'redirect_uri',
    'response_type',
    'state',
    'code_challenge',
    'code_challenge_method',
  ])('the parameter %s cannot be set: the sign-in sets it', name => {
    expect(refused([URL_, '--authorize-param', `${name}=x`])).toMatchObject({
      code: 'usage.flag',
      message: `--authorize-param cannot set ${name}: the sign-in sets it.`,
    });
  });

  test.each(['a', '', '=hush'])('the parameter "%s" is refused without repeating it', text => {
    expect(refused([URL_, '--authorize-param', text])).toMatchObject({
      code: 'usage.flag',
      message: '--authorize-param wants name=value.',
    });
  });

  test('a client metadata document is an https URL with a path, taken to the letter', () => {
    const url = 'https://Client.example:443/a%20b.json?x';
    expect(settings(['--client-metadata-url', url]).client.clientMetadataUrl).toBe(url);
    for (const wrong of [
      'https://client.example',
      'https://client.example/',
      'http://client.example/a',
      'a.json',
      '',
      'https://client.example/a#b',
      'https://ada:hush@client.example/a',
    ]) {
      const fault = refused([URL_, '--client-metadata-url', wrong]);
      expect(fault.message).toBe('--client-metadata-url wants an https URL with a path.');
    }
  });

  test('a preset is one of the table, or none', () => {
    expect(settings(['--preset', 'auth0']).client.preset).toBe('auth0');
    expect(settings(['--preset', 'none']).client.preset).toBe('none');
    expect(refused([URL_, '--preset', 'hush']).message).toMatch(/^--preset is one of entra, .*, none\.$/);
  });

  test('exceptions are made by the word of the user', () => {
    expect(settings(['--assume-pkce', '--allow-private', '--allow-http']).client).toEqual({
      allowHttp: true,
      assumePkce: true,
      allowPrivate: true,
    });
  });
});

describe('flags of other kinds', () => {
  test('are taken', () => {
    const { json, settings: taken } = parse([
      '--json',
      '--debug',
      '--silent',
      '--enable-proxy',
      '--disable-cookies',
      '--ipv4',
      '--body-timeout=90',
      '--transport',
      'sse-only',
      '--as=work',
      '--ignore-tool',
      'delete*',
      '--ignore-tool=*admin*',
      URL_,
    ]);
    expect(json).toBe(true);
    expect(taken).toMatchObject({
      debug: true,
      silent: true,
      cookies: false,
      transport: 'sse-only',
      profile: 'work',
      ignoreTools: ['delete*', '*admin*'],
      network: { ipv4: true, bodyTimeout: 90_000 },
    });
  });

  test('the browser is that of KEYBRIDGE_BROWSER, then BROWSER', () => {
    expect(settings([], { env: { BROWSER: 'b' } }).browser).toBe('b');
    expect(settings([], { env: { BROWSER: 'b', KEYBRIDGE_BROWSER: 'k' } }).browser).toBe('k');
    expect(settings([], { env: { BROWSER: 'b', KEYBRIDGE_BROWSER: '' } }).browser).toBe('b');
    expect(settings([], { env: { BROWSER: '' } })).not.toHaveProperty('browser');
  });

  test.each(['http-first', 'sse-first', 'http-only', 'sse-only'])('--transport may be %s', transport => {
    expect(settings(['--transport', transport]).transport).toBe(transport);
  });

  test('--transport may be nothing else', () => {
    expect(refused([URL_, '--transport', 'stdio'])).toMatchObject({
      code: 'usage.flag',
      message: '--transport is one of http-first, sse-first, http-only, sse-only.',
    });
  });

  test.each(['work', 'ada@example.org', 'Ädä', '2', 'a.b_c+d-e', 'x'.repeat(64)])(
    'a profile may be called %s',
    name => {
      expect(settings(['--as', name]).profile).toBe(name);
    },
  );

  test('a profile may be named by a variable of the environment', () => {
    const read = (env: Record<string, string>) =>
      parseArguments([URL_, '--as', `\${ACCOUNT}`], { env, platform: 'linux', readFile: () => '' });
    expect(read({ ACCOUNT: 'ada' }).settings.profile).toBe('ada');
    expect(() => read({})).toThrow('named in --as, is not set');
  });

  test.each(['', '-x', '.x', 'a b', 'a/b', 'a\nb', '../x', 'x'.repeat(65), '\u202ex', 'a"b'])(
    'a profile may not be called "%s"',
    name => {
      const fault = refused([URL_, '--as', name]);
      expect(fault).toMatchObject({ code: 'usage.flag' });
      expect(fault.message).toMatch(/^--as wants a short name/);
      expect(fault.message).not.toMatch(/[\p{Cc}\u202e]/u);
    },
  );
});

describe('the value of a header', () => {
  const parse = (header: string, env: Record<string, string> = {}) =>
    parseArguments([URL_, '--header', header], { env, readFile: () => '', platform: 'linux' });

  test.each(['Müller', 'Marić', '小明', 'a\tb', '😀'])('may have any letters in it: %s', name => {
    expect(parse(`X-User: ${name}`)).toMatchObject({ settings: { headers: [['X-User', name]] }, notes: [] });
    expect(parse(`X-User:\${NAME}`, { NAME: name }).settings.headers).toEqual([['X-User', name]]);
  });

  test.each(['secret\n', 'secret\r\n', ' secret \n'])(
    'loses one line break at its end, which is said: %j',
    value => {
      const { settings, notes } = parse(`X-Key: \${KEY}`, { KEY: value });
      expect(settings.headers).toEqual([['X-Key', 'secret']]);
      expect(notes).toEqual(['The value of header X-Key ended in a line break, which is left out.']);
      expect(parse(`X-Key:${value}`)).toMatchObject({ settings: { headers: [['X-Key', 'secret']] }, notes });
    },
  );

  test.each(['a\nb', 'a\n\n', '\na', 'a\0', 'a\u007f', 'a\u0085', 'a\rb'])(
    'has no control characters inside: %j',
    value => {
      const what = refused([URL_, '--header', `X-Key: \${KEY}`], { env: { KEY: `secret${value}` } });
      expect(what).toMatchObject({
        code: 'usage.flag',
        message:
          'The value of header X-Key has a line break or another control character in it, which no header can carry.',
        remedy: 'Take it out; one line break at its end does not matter.',
      });
    },
  );
});

describe('what is not understood is refused by name, never ignored', () => {
  test.each(['--protocol'])('%s is a flag of mcp-remote that is not built', flag => {
    for (const argv of [
      [URL_, flag],
      [URL_, `${flag}=x`],
      [flag, 'x', URL_],
    ]) {
      expect(refused(argv)).toMatchObject({
        code: 'usage.not-built',
        message: `${flag} is a flag of mcp-remote that Keybridge does not have yet.`,
      });
    }
  });

  test.each(['--nonsense', '--', '--Debug', '--header-files', '--nonsense=x'])('there is no %s', flag => {
    expect(refused([URL_, flag])).toMatchObject({
      code: 'usage.flag',
      message: `There is no flag ${flag.replace('=x', '')}.`,
      remedy: '`keybridge --help` lists them all.',
    });
  });

  test('a flag without its value, or with one it does not take', () => {
    expect(refused([URL_, '--as']).message).toBe('--as wants a value.');
    expect(refused([URL_, '--debug=1']).message).toBe('--debug takes no value.');
    expect(refused([URL_, '--json=']).message).toBe('--json takes no value.');
  });

  test('one argument too many', () => {
    expect(refused([URL_, '3334', 'more'])).toMatchObject({ code: 'usage.flag' });
  });
});
