import { expect, test } from 'vitest';
import { flat } from '../../src/checks/judge.ts';
import { asm, challenge, html, OAUTH, paths, prm, RESOURCE, status } from '../support/discovery.ts';
import { examined, findings, ISSUER, RIGHT, RIGHT_ISSUER, SERVER } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

// Servers that are right in another way than most. A doctor that finds fault with them is not believed again.

const PATH = `${RESOURCE}/mcp`;
const named = `resource_metadata="https://mcp.example${PATH}"`;
const document = RIGHT[PATH] as object;
const gone = { [PATH]: status(404) };
const open: Handler = request =>
  request.method === 'POST'
    ? Response.json({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25', capabilities: {} } })
    : new Response('', { status: 405, headers: { allow: 'POST' } });
const streaming: Handler = request =>
  request.method === 'POST'
    ? new Response('event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n', {
        headers: { 'content-type': 'text/event-stream' },
      })
    : new Response('', { status: 405, headers: { allow: 'POST' } });
const away = 'https://meta.example/mcp';
const loopback = 'http://127.0.0.1:3000';
const home = 'http://127.0.0.1:4000';

const cases: [string, Parameters<typeof examined>][] = [
  ['scopes in the challenge', [{ '/mcp': challenge(`Bearer realm="x", scope="mcp", ${named}`) }]],
  ['a second scheme before Bearer', [{ '/mcp': challenge(`DPoP algs="ES256", Bearer ${named}`) }]],
  ['the well-known address and no name for it', [{ '/mcp': challenge('Bearer realm="x"') }]],
  [
    'the root, named by the challenge',
    [
      {
        ...gone,
        '/mcp': challenge(`Bearer resource_metadata="https://mcp.example${RESOURCE}"`),
        [RESOURCE]: document,
      },
    ],
  ],
  [
    'metadata on another host',
    [
      { ...gone, '/mcp': challenge(`Bearer resource_metadata="${away}"`) },
      {},
      { 'https://meta.example': () => Response.json(document) },
    ],
  ],
  [
    'a web application at the rest of the host',
    [{ [RESOURCE]: html, [`${RESOURCE}/no-such-path-keybridge-doctor`]: html }],
  ],
  [
    'a sign-in for the rest of the host',
    [{ [RESOURCE]: status(401), [`${RESOURCE}/no-such-path-keybridge-doctor`]: status(401) }],
  ],
  ['nobody to sign in', [{ ...gone, '/mcp': open }, {}]],
  ['nobody to sign in, and streams', [{ ...gone, '/mcp': streaming }, {}]],
  [
    'nobody to sign in, on a host that signs people in elsewhere',
    [{ ...gone, '/mcp': open, [OAUTH]: { ...asm('https://mcp.example'), token_endpoint: undefined } }],
  ],
  ['a sign-in later', [{ '/mcp': open }]],
  [
    'two authorization servers',
    [
      { [PATH]: { ...document, authorization_servers: [ISSUER, 'https://as2.example'] } },
      {},
      {
        'https://as2.example': paths({
          ...RIGHT_ISSUER,
          [OAUTH]: { ...(RIGHT_ISSUER[OAUTH] as object), ...asm('https://as2.example') },
        }),
      },
    ],
  ],
  ['a document that a cache keeps', [{ [PATH]: () => Response.json(document, { headers: { age: '9' } }) }]],
  [
    'plain http on loopback',
    [
      {},
      {},
      {
        [loopback]: paths({
          '/mcp': challenge(`Bearer resource_metadata="${loopback}${PATH}"`),
          [PATH]: { ...prm(`${loopback}/mcp`, home), scopes_supported: ['mcp'] },
        }),
        [home]: paths({ ...RIGHT_ISSUER, [OAUTH]: { ...(RIGHT_ISSUER[OAUTH] as object), ...asm(home) } }),
      },
      `${loopback}/mcp`,
    ],
  ],
  [
    'a key in the address',
    [{ '/mcp?key=1': RIGHT['/mcp'], [`${PATH}?key=1`]: document }, {}, {}, `${SERVER}?key=1`],
  ],
];

test.each(cases)('%s: nothing above a note is found', async (_, servers) => {
  const found = flat(findings(await examined(...servers))).filter(({ severity }) => severity !== 'note');
  expect(found).toEqual([]);
});
