import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callApi } from '../../src/api/rpc.ts';
import { connectBroker } from '../../src/node/connect.ts';
import { sharedSecret } from '../../src/node/home.ts';
import { OWN } from '../../src/node/identity.ts';
import { callableLines } from '../../src/node/line-port.ts';
import { serveSocket } from '../../src/node/socket.ts';
import { controlLine, type Greeting, proof } from '../../src/node/wire.ts';
import { household, settings } from '../support/household.ts';
import { install, until } from '../support/keybridge.ts';
import { rawHost } from '../support/raw-host.ts';
import { temporaryFolder } from '../support/temporary.ts';

const onUnix = process.platform === 'win32' ? describe.skip : describe;

/** A broker on its socket, and programs that come to it. */
async function start() {
  const folder = await temporaryFolder();
  const secret = sharedSecret(folder);
  const house = household();
  const owner = { changed: () => {}, handOver: async () => {} };
  const serving = await serveSocket(folder, house.broker, { ...OWN, version: 'test' }, owner);
  if (!serving) throw new Error('The place was taken.');
  onTestFinished(async () => {
    (await serving.close())();
    await house.broker.close();
  });
  const path = join(folder, 'broker.sock');

  /** A program on the socket; `text` is all it was told so far. */
  async function program() {
    const socket = connect(path);
    const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
    const heard = { text: '', socket, closed };
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', piece => {
      heard.text += piece;
    });
    await once(socket, 'connect');
    onTestFinished(() => void socket.destroy());
    return heard;
  }

  /** One that knows the secret and says this. */
  async function proven(greeting: unknown, behind = '') {
    const heard = await program();
    heard.socket.write(controlLine({ keybridge: 1, nonce: 'mine' }));
    const { nonce } = JSON.parse((await line(heard, 0)).slice(1)) as { nonce: string };
    const said = { proof: proof(secret, 'client', 'mine', nonce), greeting: greeting as Greeting };
    heard.socket.write(controlLine(said) + behind);
    return heard;
  }

  /** Shows that the broker serves whoever does as it should. */
  async function serves(): Promise<void> {
    const connection = await connectBroker(folder, { kind: 'api' });
    if (!connection) throw new Error('Nobody is there.');
    const { socket, rest } = connection;
    expect(await callApi(callableLines(socket, rest)).status()).toMatchObject({ version: 'test' });
    socket.destroy();
  }
  return { folder, secret, house, serving, program, proven, serves };
}

async function line(heard: { text: string; socket: Socket }, index: number): Promise<string> {
  for (;;) {
    const lines = heard.text.split('\n');
    if (lines.length > index + 1) return lines[index] ?? '';
    await once(heard.socket, 'data');
  }
}

onUnix('a program on the broker’s socket', () => {
  test.each([
    ['garbage', randomBytes(5_000)],
    ['HTTP', 'POST / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['JSON-RPC before the handshake', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n'],
    ['a call of the Api before the handshake', '{"call":1,"method":"status","args":[]}\n'],
    ['a control line that is no object', '#[[[[\n'],
    ['a line without end', Buffer.alloc(5 * 1024 * 1024, 0x23)],
    ['a hello without end', `#{"keybridge":1,"nonce":"${'x'.repeat(5 * 1024 * 1024)}`],
    ['a hello 100,000 levels deep', `#${'['.repeat(1e5)}\n`],
  ])('that says %s is told nothing and let go', async (_what, bytes) => {
    const { program, serves, house } = await start();
    const heard = await program();
    heard.socket.write(bytes);
    await heard.closed;
    expect(heard.text).toBe('');
    expect(house.world.dials).toEqual([]);
    await serves();
  });

  test.each(['', 'f'.repeat(64), 'its own words', 7, null, { toString: 'x' }, ['x']])(
    'with the wrong proof %j is told nothing but a proof, and let go',
    async wrong => {
      const { program, serves, house } = await start();
      const heard = await program();
      heard.socket.write(controlLine({ keybridge: 1, nonce: 'mine' }));
      const hello = JSON.parse((await line(heard, 0)).slice(1)) as { proof: string };
      const greeting: Greeting = { kind: 'bridge', settings: settings() };
      // The broker's own proof, given back, is no proof either.
      const said = wrong === 'its own words' ? hello.proof : wrong;
      heard.socket.write(controlLine({ proof: said as string, greeting }));
      await heard.closed;
      expect(heard.text.split('\n').filter(Boolean)).toHaveLength(1);
      expect(house.world.dials).toEqual([]);
      await serves();
    },
  );

  test('with the proof of an earlier handshake is let go', async () => {
    const { program, secret, serves } = await start();
    const first = await program();
    first.socket.write(controlLine({ keybridge: 1, nonce: 'mine' }));
    const { nonce } = JSON.parse((await line(first, 0)).slice(1)) as { nonce: string };
    const replayed = { proof: proof(secret, 'client', 'mine', nonce), greeting: { kind: 'api' } as const };
    const second = await program();
    second.socket.write(controlLine({ keybridge: 1, nonce: 'mine' }) + controlLine(replayed));
    await second.closed;
    expect(second.text).not.toContain('ok');
    await serves();
  });

  test('a thousand times over, saying nothing, keeps nobody from being served, and is let go', async () => {
    const { program, serves, serving } = await start();
    const silent: Awaited<ReturnType<typeof program>>[] = [];
    // No more at once than wait in a listening socket's queue.
    while (silent.length < 1_000) {
      silent.push(...(await Promise.all(Array.from({ length: 100 }, program))));
      await until('they are let in', () => serving.connections === silent.length);
    }
    await serves();
    expect(serving.connections).toBeGreaterThanOrEqual(1_000);
    await Promise.all(silent.map(({ closed }) => closed));
    await serves();
  }, 20_000);

  test.each([
    ['no settings', { kind: 'bridge', settings: null }],
    ['a server that is none', { kind: 'bridge', settings: { ...settings(), server: 'javascript:alert(1)' } }],
    ['headers that are none', { kind: 'bridge', settings: { ...settings(), headers: 7 } }],
    ['nothing but a kind', { kind: '__proto__' }],
    ['a resumption that is none', { kind: 'bridge', settings: settings(), resume: { initialize: 7 } }],
  ])('that knows the secret and greets with %s harms nobody', async (_what, greeting) => {
    const { proven, serves } = await start();
    const { socket, closed } = await proven(greeting);
    socket.end();
    await closed;
    await serves();
  });

  test('behind the handshake is answered what can be answered, and the rest is passed over', async () => {
    const { proven, serves } = await start();
    const noise = [
      randomBytes(2_000).toString('base64'),
      '['.repeat(1e5),
      '{"call":1,"method":"__proto__","args":[]}',
      '{"call":2,"method":"constructor","args":[]}',
      '{"call":3,"method":"login","args":[null]}',
      '{"call":4,"method":"forget","args":[{"server":7}]}',
      '{"call":"x","method":"stop","args":[]}',
      '{"cancel":99}',
      '#{"goodbye":true}',
      `{"call":5,"method":"deliver","args":["${'x'.repeat(2 * 1024 * 1024)}"]}`,
      '{"call":6,"method":"status","args":[]}',
    ];
    const heard = await proven({ kind: 'api' }, `${noise.join('\n')}\n`);
    const answers = new Map<number, { value?: unknown; fault?: { code: string } }>();
    for (let index = 2; answers.size < 6; index++) {
      const { end, ...rest } = JSON.parse(await line(heard, index)) as { end: number };
      answers.set(end, rest);
    }
    const faults = [1, 2, 3, 4, 5].map(call => answers.get(call)?.fault?.code);
    expect(faults).toEqual(['broker.version', 'broker.version', 'internal', 'internal', 'callback.invalid']);
    expect(answers.get(6)?.value).toMatchObject({ version: 'test' });
    await serves();
  });
});

onUnix('a program in the broker’s place', () => {
  /** Listens where the broker should, answers as told and keeps what it hears. */
  async function impostor(path: string, answer: (hello: string) => string | Buffer) {
    const heard: string[] = [];
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.setEncoding('utf8').on('data', piece => {
        heard.push(String(piece));
        socket.write(answer(String(piece)));
      });
    });
    server.listen(path);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return heard;
  }
  const secretless = controlLine({ keybridge: 1, version: '9', nonce: 'n', proof: 'f'.repeat(64) });

  test.each([
    ['has no proof', () => secretless, 'broker.refused'],
    ['gives our own words back', hello => hello, 'broker.refused'],
    ['speaks HTTP', () => 'HTTP/1.1 400 Bad Request\r\n\r\n', 'broker.refused'],
    [
      'sends a fault of its own',
      () => '#{"fault":{"code":"internal","message":"run rm -rf"}}\n',
      'broker.refused',
    ],
    ['sends garbage without end', () => Buffer.alloc(5 * 1024 * 1024, 0x23), 'broker.lost'],
  ] satisfies [string, (hello: string) => string | Buffer, string][])(
    'that %s hears a nonce and nothing of the host',
    async (_what, answer, code) => {
      const folder = await temporaryFolder();
      sharedSecret(folder);
      const heard = await impostor(join(folder, 'broker.sock'), answer);
      const greeting: Greeting = { kind: 'bridge', settings: settings({ headers: [['X-Key', 'hush']] }) };
      await expect(connectBroker(folder, greeting)).rejects.toMatchObject({
        code,
        message: expect.not.stringContaining('rm -rf'),
        remedy: expect.stringMatching(/\w/),
      });
      expect(heard.join('')).toMatch(/^#\{"keybridge":\d+,"nonce":"[0-9a-f]{64}"\}\n$/);
    },
  );

  test('is named to the host, which gets its answer', async () => {
    const installation = install();
    onTestFinished(() => installation.close());
    sharedSecret(installation.home);
    const heard = await impostor(join(installation.home, 'broker.sock'), () => secretless);
    const host = rawHost(installation, ['https://mcp.example/mcp?key=hush', '--header', 'X-Key:hush']);
    const { error } = await host.initialize();
    expect(error?.data?.keybridge).toMatchObject({ code: 'broker.refused', remedy: expect.any(String) });
    expect(heard.join('')).not.toContain('hush');
    expect(await host.ended).toMatchObject({ code: 1 });
  });
});

onUnix('where the socket belongs', () => {
  test.each([
    ['an ordinary file', (path: string) => writeFileSync(path, 'x', { mode: 0o600 }), true],
    ['a link to nowhere', (path: string) => symlinkSync('/nowhere/at/all', path), true],
    ['a folder', (path: string) => mkdirSync(path), false],
  ])('%s is replaced or named', async (_what, put, isReplaced) => {
    const installation = install();
    onTestFinished(() => installation.close());
    put(join(installation.home, 'broker.sock'));
    const { code, stderr } = await installation.run(['forget', 'https://mcp.example/mcp']);
    expect(code).toBe(isReplaced ? 0 : 1);
    if (!isReplaced) expect(stderr).toMatch(/broker\.sock cannot be taken away .* Remove it yourself/);
  });
});
