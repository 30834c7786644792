import { describe, expect, test } from 'vitest';
import type { Files } from '../../src/base/world.ts';
import { whatToAsk } from '../../src/oauth/ask.ts';
import { looksSecret } from '../../src/oauth/resource.ts';
import { toText } from '../../src/trace/line.ts';
import { serverMetadata } from '../support/authorization-server.ts';
import { memoryFiles } from '../support/fake-world.ts';
import { stage } from '../support/flow.ts';
import { faultIn, household, keychain, settings, signedIn, until } from '../support/household.ts';

const KEY = 'sk-live-0123456789';
const SHORT = 'k7!xQ2z';
const KEYED = `https://mcp.example/mcp?api_key=${KEY}`;

/** A state folder, and all that ever stood in one of its files. */
function disk() {
  const files = memoryFiles();
  const names = new Set<string>();
  const written: string[] = [];
  const note = (name: string, bytes: Uint8Array) => {
    names.add(name);
    written.push(new TextDecoder('latin1').decode(bytes));
  };
  const own: Files = {
    read: files.read,
    replace: async (name, bytes) => {
      note(name, bytes);
      await files.replace(name, bytes);
    },
    append: (name, bytes, how) => {
      note(name, bytes);
      files.append?.(name, bytes, how);
    },
  };
  return { own, names, written, text: () => written.join('\n') };
}

describe('an `initialize` answer that repeats what it was sent', () => {
  const echoing = () => {
    const { own, text, names } = disk();
    const house = household({ world: { vault: keychain().vault, files: own } });
    house.mcp.initialized = {
      ...house.mcp.initialized,
      instructions: `Your key is ${KEY}, and ${SHORT}; your token access-token-that-must-stay-secret-2.`,
    };
    return { house, text, names };
  };

  test('lies in no file in the clear, and is there for the next process', async () => {
    const { house, text, names } = echoing();
    const host = await signedIn(house, { headers: [['x-api-key', KEY]] });
    await until('it is on disk', () => names.has('answers.sealed'));
    await host.leave();
    await house.broker.close();
    for (const secret of [KEY, SHORT, 'must-stay-secret', 'instructions'])
      expect(text()).not.toContain(secret);
    const next = house.start();
    await next.logout(settings());
    // A sign-out has taken it along: another one is promised what every server is.
    const later = house.host({}, undefined, next);
    expect(JSON.stringify(await later.initialize())).not.toContain(KEY);
  });

  test('kept in the clear by an older version is gone with the next start', async () => {
    const files = memoryFiles();
    const older = { answers: { 'default https://mcp.example/mcp': { '2025-11-25': { instructions: KEY } } } };
    await files.replace('facts.json', new TextEncoder().encode(JSON.stringify(older)));
    const house = household({ world: { vault: keychain().vault, files } });
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    await host.leave();
    await house.broker.close();
    expect(new TextDecoder().decode(await files.read('facts.json'))).not.toContain(KEY);
  });
});

describe('a key in the server’s query', () => {
  test('is in no link, error, status, trace or file, whether the server has resource metadata or not', async () => {
    for (const metadata of [true, false]) {
      const { own, text } = disk();
      const house = household({ world: { vault: keychain().vault, files: own } });
      if (!metadata) {
        house.world.mount('https://mcp.example', (request, dialled) => {
          const { pathname } = new URL(request.url);
          return pathname.startsWith('/.well-known/')
            ? house.as.handle(new Request(request.url.replace('mcp.example', 'as.example'), request), dialled)
            : house.mcp.handle(request, dialled);
        });
      }
      const host = house.host({ server: KEYED });
      await host.initialize();
      const list = host.ask('tools/list');
      await house.world.clock.advance(60_000);
      const status = await house.broker.status();
      const shown = JSON.stringify([
        faultIn(await list),
        host.log,
        status.servers.map(({ signInUrl, unconfirmed, failure }) => [signInUrl, unconfirmed, failure]),
        house.world.opened.map(({ href }) => href),
        house.broker.recorded.since().map(event => toText(event)),
        text(),
      ]);
      expect(shown).not.toContain(KEY);
      expect(shown).not.toContain(encodeURIComponent(KEYED));
      const elsewhere = house.world.dials.filter(({ url }) => !url.startsWith('https://mcp.example/'));
      const sent = elsewhere.map(({ url, body }) => url + new TextDecoder().decode(body ?? new Uint8Array()));
      expect(sent.join('\n')).not.toContain(KEY);
    }
  });

  test('is no part of the resource, not even of one that the server’s own metadata names', () => {
    const server = new URL(KEYED);
    const found = { url: KEYED, resource: KEYED, authorizationServers: [], raw: {} };
    const report = {
      server: KEYED,
      challenges: [],
      issuers: [],
      path: 'resource-metadata',
      reach: 'public',
    } as const;
    const named = whatToAsk(
      server,
      { ...report, resourceMetadata: { attempts: [], found } },
      serverMetadata(),
      {},
      [],
    );
    expect(named.resource).toBe('https://mcp.example/mcp');
    expect(named.notes.join(' ')).toContain('The query of the resource is left out');
    const own = whatToAsk(
      server,
      { ...report, resourceMetadata: { attempts: [] } },
      serverMetadata(),
      {},
      [],
    );
    expect(own.resource).toBe('https://mcp.example/mcp');
  });

  test('that is none stays in a resource which the server names so', async () => {
    const url = 'https://mcp.example/mcp?team=a';
    const { begin, link } = await stage({ url });
    expect((await link(begin())).searchParams.get('resource')).toBe(url);
  });

  test.each([
    ['api_key', 'x', true],
    ['key', '7', true],
    ['token', 'abc', true],
    ['sig', 'abc', true],
    ['x', 'sk-live-0123456789', true],
    ['team', 'a', false],
    ['version', '2025-01-01', false],
    ['q', 'words with spaces in them', false],
  ])('%s=%s is one: %s', (name, value, is) => {
    expect(looksSecret(name, value)).toBe(is);
  });
});

test('a header of any length that the user names is told to the trace as a secret', async () => {
  const house = household();
  const host = house.host({ headers: [['x-pin', SHORT]] });
  await host.initialize();
  await house.opens(1);
  const trace = house.broker.recorded
    .since()
    .map(event => toText(event))
    .join('\n');
  expect(trace).not.toContain(SHORT);
});
