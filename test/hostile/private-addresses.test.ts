import { describe, expect, test } from 'vitest';
import { json } from '../support/http-server.ts';
import { serveHttp, serveProxy } from '../support/network.ts';
import { type Answer, attempt, type Misbehaviour } from '../support/real-sign-in.ts';

const LOCAL = { address: '127.0.0.1', family: 4 };

/** A service on this machine that a server elsewhere would like to have asked, and names for it. */
async function victim() {
  const server = await serveHttp((_request, response) => response.end('{}'));
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return [LOCAL];
  };
  return { server, asked, resolve, at: `http://inside.example:${server.port}` };
}

/** Ways to name an address of this machine or its network where a name is due. */
const SPELLINGS = [
  '127.0.0.1',
  '0x7f.1',
  '2130706433',
  '127.0.0.1.',
  'localhost',
  'localhost.',
  'a.localhost',
  '0.0.0.0',
  '10.0.0.1',
  '169.254.169.254',
  '0xa9.0xfe.0xa9.0xfe',
  '[::1]',
  '[::]',
  '[fd00::1]',
  '[fe80::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:7f00:1]',
];

const redirect =
  (location: string): Answer =>
  res =>
    res.writeHead(302, { location }).end();

describe('a public server that names a place on the user’s own network', () => {
  test.each(SPELLINGS)('as %s has nothing asked there, wherever it names it', async host => {
    const { server, resolve } = await victim();
    const at = `http://${host}:${server.port}`;
    const { host: spelled } = new URL(at);
    const places: Misbehaviour[] = [
      { resource: redirect(`${at}/prm`) },
      {
        resource: (res, _seen, issuer) =>
          json(res, { resource: new URL('/mcp', issuer).href, authorization_servers: [at] }),
      },
      { metadata: redirect(`${at}/metadata`) },
      { document: { token_endpoint: `${at}/token` } },
      { document: { authorization_endpoint: `${at}/authorize` } },
      { document: { registration_endpoint: `${at}/register` } },
    ];
    for (const wrong of places) {
      const names = { authorization_endpoint: 'http://as.example/authorize' };
      const { fault, link } = await attempt({
        isPublic: true,
        resolve,
        ...wrong,
        document: {
          ...names,
          token_endpoint: 'http://as.example/token',
          registration_endpoint: 'http://as.example/register',
          ...wrong.document,
        },
      });
      expect(fault?.remedy).toMatch(/\w/);
      expect(link?.host).not.toBe(spelled);
    }
    expect(server.accepted).toBe(0);
  });

  test('by a name of its own has nothing asked there, and the user is told of the exception', async () => {
    const { server, resolve, at } = await victim();
    const names = {
      authorization_endpoint: `${at}/authorize`,
      token_endpoint: `${at}/token`,
      registration_endpoint: `${at}/register`,
    };
    const { fault } = await attempt({ isPublic: true, resolve, document: names });
    expect(fault).toMatchObject({
      message: expect.stringContaining('private network'),
      remedy: expect.stringContaining('--allow-private'),
    });
    expect(server.accepted).toBe(0);
  });

  test.each(['resource', 'metadata'] as const)(
    'by a name, in a redirect of the %s, has nothing asked there',
    async place => {
      const { server, resolve, at } = await victim();
      const { report } = await attempt({ isPublic: true, resolve, [place]: redirect(`${at}/there`) });
      const attempts = [report.resourceMetadata, ...report.issuers.map(({ metadata }) => metadata)].flatMap(
        search => search.attempts,
      );
      expect(attempts.find(({ url }) => url.startsWith(at))).toMatchObject({
        problem: 'net.private-address',
      });
      expect(server.accepted).toBe(0);
    },
  );

  test('by a name whose address changes is judged by the very address that would be dialled', async () => {
    const { server, at } = await victim();
    // Each question is answered otherwise; a check of its own would see one and the dial another.
    let asked = 0;
    const resolve = async () => (asked++ % 2 === 0 ? [LOCAL] : [{ address: '192.168.7.7', family: 4 }]);
    for (let round = 0; round < 4; round++) {
      const before = asked;
      const { report } = await attempt({ isPublic: true, resolve, metadata: redirect(`${at}/there`) });
      expect(JSON.stringify(report.issuers)).toContain('net.private-address');
      // Once for each place it was named in, and never a second time for one dial.
      const dials = report.issuers
        .flatMap(({ metadata }) => metadata.attempts)
        .filter(({ url }) => url.startsWith(at));
      expect(asked - before).toBe(dials.length);
    }
    expect(server.accepted).toBe(0);
  });

  test('by a name is refused behind a proxy too, which is not asked for it', async () => {
    const { resolve, at } = await victim();
    const proxy = await serveProxy();
    const network = { httpProxy: proxy.url, noProxy: '127.0.0.1' };
    const { report } = await attempt({ isPublic: true, resolve, network, metadata: redirect(`${at}/there`) });
    expect(JSON.stringify(report.issuers)).toContain('net.private-address');
    expect(proxy.asked).toEqual([]);
  });
});
