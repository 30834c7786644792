import { expect, test } from 'vitest';
import { asm, challenge, html, OAUTH, OPENID, prm, RESOURCE, status } from '../support/discovery.ts';
import { codes, examined, finding, ISSUER, RIGHT, RIGHT_ISSUER, SERVER } from '../support/examination.ts';

// What the resource metadata says: PRM-07 to PRM-20, PRM-23, PRM-25.

const PATH = `${RESOURCE}/mcp`;
const right = RIGHT[PATH] as object;
/** The right document but for some fields. */
const says = (fields: object) => ({ [PATH]: { ...right, ...fields } });
const named = `Bearer resource_metadata="https://mcp.example${PATH}"`;

/** Of the rules that compare `resource`, those that find something. */
async function compared(resource: string): Promise<string[]> {
  const rules = ['PRM-07', 'PRM-08', 'PRM-09', 'PRM-10', 'PRM-11', 'PRM-12', 'PRM-17'];
  return codes(await examined(says({ resource }))).filter(code => rules.includes(code));
}

test.each([
  ['https://mcp.example/mcp', []],
  ['http://mcp.example/mcp', ['PRM-07']],
  ['http://mcp.example:8080/mcp', ['PRM-07']],
  ['https://mcp.example', ['PRM-08']],
  ['https://mcp.example/', ['PRM-08']],
  ['https://mcp.example/mcp2', ['PRM-09']],
  ['https://mcp.example/sse', ['PRM-09']],
  ['https://upstream.example/mcp', ['PRM-10']],
  ['https://mcp.example:8443/mcp', ['PRM-10']],
  ['https://mcp.example/mcp/', ['PRM-11']],
  ['https://mcp.example:443/mcp', ['PRM-11']],
  ['https://MCP.example/mcp', ['PRM-11']],
  ['https://mcp.example/MCP', ['PRM-11']],
  ['urn:example:mcp', ['PRM-12']],
  ['api://0a1b2c', ['PRM-12']],
  ['mcp', ['PRM-12']],
  ['https://mcp.example/mcp#x', ['PRM-12']],
  ['https://10.1.2.3/mcp', ['PRM-17']],
  ['http://mcp.tools.svc.cluster.local:8080/mcp', ['PRM-17']],
  ['http://localhost:3000/mcp', ['PRM-17']],
])('the resource %s has exactly one rule, or none', async (resource, expected) => {
  expect(await compared(resource)).toEqual(expected);
});

test.each([
  ['PRM-07', 'http://mcp.example/mcp', 'broken'],
  ['PRM-08', 'https://mcp.example', 'fragile'],
  ['PRM-09', 'https://mcp.example/other', 'broken'],
  ['PRM-10', 'https://upstream.example/mcp', 'broken'],
  ['PRM-11', 'https://mcp.example/mcp/', 'fragile'],
  ['PRM-12', 'urn:example:mcp', 'fragile'],
])(
  '%s sets %s beside the URL of the server, for each character to be compared (row 4.2)',
  async (code, resource, severity) => {
    const found = finding(await examined(says({ resource })), code);
    expect(found?.comparison).toMatchObject({ seen: resource, expected: SERVER });
    expect(found?.severity).toBe(severity);
  },
);

test('PRM-11 says in what the two differ, and only notes a slash that the user typed', async () => {
  expect(finding(await examined(says({ resource: `${SERVER}/` })), 'PRM-11')?.detail).toMatch(
    /slash at the end/,
  );
  const path = { ...says({}), [`${PATH}/`]: { ...right }, '/mcp/': RIGHT['/mcp'] };
  expect(finding(await examined(path, {}, {}, `${SERVER}/`), 'PRM-11')?.severity).toBe('note');
});

test('a server at the root of its host may be written with a slash and without', async () => {
  for (const resource of ['https://mcp.example', 'https://mcp.example/']) {
    const root = { '/': challenge(`Bearer resource_metadata="https://mcp.example${RESOURCE}"`) };
    const examination = await examined(
      { ...root, [RESOURCE]: { ...right, resource } },
      {},
      {},
      'https://mcp.example/',
    );
    expect(codes(examination).filter(code => code.startsWith('PRM'))).toEqual([]);
  }
});

test('PRM-09: one document for every path is a note while it fits', async () => {
  const everywhere = await examined({ [`${RESOURCE}/no-such-path-keybridge-doctor`]: right });
  expect(finding(everywhere, 'PRM-09')?.severity).toBe('note');
  expect(codes(await examined())).not.toContain('PRM-09');
});

test('PRM-13: metadata without a resource is found', async () => {
  expect(codes(await examined({ [PATH]: { authorization_servers: [ISSUER] } }))).toContain('PRM-13');
  expect(codes(await examined({ [PATH]: { hello: 'world' } }))).toContain('PRM-13');
  expect(codes(await examined())).not.toContain('PRM-13');
});

test.each([undefined, [], 'https://as.example'])(
  'PRM-14: %s for authorization_servers is found',
  async value => {
    const found = finding(await examined(says({ authorization_servers: value })), 'PRM-14');
    expect(found?.detail).toMatch(/RFC 9728 leaves.*MCP requires/);
    expect(codes(await examined())).not.toContain('PRM-14');
  },
);

test('PRM-15: an authorization server without metadata is found, and what was asked is told', async () => {
  const found = finding(await examined({}, { [OAUTH]: status(404) }), 'PRM-15');
  expect(found?.title).toContain(ISSUER);
  expect(found?.detail).toContain(`"${ISSUER}${OAUTH}": 404`);
  expect(codes(await examined(says({ authorization_servers: ['no url'] })))).toContain('PRM-15');
  expect(codes(await examined({}, { [OAUTH]: html }))).toContain('PRM-15');
});

test('PRM-15: an authorization server that is down is not called a wrong one', async () => {
  const down = status(503);
  const failing = finding(await examined({}, { [OAUTH]: down, [OPENID]: down }), 'PRM-15');
  expect(failing?.title).toContain('fails');
  expect(failing?.detail).toContain('503');
  expect(failing?.remedy).toContain('runs');
  const absent = finding(await examined({}, { [OAUTH]: status(404) }), 'PRM-15');
  expect(absent?.title).toContain('no metadata is found');
});

test('PRM-15 leaves metadata at a wrong place and incomplete metadata to others', async () => {
  const issuer = `${ISSUER}/tenant`;
  const stray = await examined(says({ authorization_servers: [issuer] }), { [OAUTH]: asm(issuer) });
  expect(codes(stray)).not.toContain('PRM-15');
  const incomplete = await examined({}, { [OAUTH]: { token_endpoint: `${ISSUER}/token` } });
  expect(codes(incomplete)).not.toContain('PRM-15');
  expect(codes(await examined())).not.toContain('PRM-15');
});

test('PRM-15 says nothing of issuers beyond those that were asked', async () => {
  const many = Array.from({ length: 12 }, (_, index) => `${ISSUER}/${index}`);
  const found = codes(await examined(says({ authorization_servers: many })));
  expect(found.filter(code => code === 'PRM-15')).toHaveLength(8);
});

test.each([`${ISSUER}${OAUTH}`, `${ISSUER}/authorize`, `${ISSUER}/oauth/token/`])(
  'PRM-16: %s is not an issuer',
  async url => {
    expect(codes(await examined(says({ authorization_servers: [url] })))).toContain('PRM-16');
  },
);

test('PRM-16 names what the issuer may be', async () => {
  const found = finding(await examined(says({ authorization_servers: [`${ISSUER}/authorize`] })), 'PRM-16');
  expect(found?.remedy).toContain(`"${ISSUER}"`);
});

test('PRM-16 believes metadata that calls itself so', async () => {
  const issuer = `${ISSUER}/token`;
  const examination = await examined(says({ authorization_servers: [issuer] }), {
    [`${OAUTH}/token`]: asm(issuer),
  });
  expect(codes(examination)).not.toContain('PRM-16');
  expect(codes(await examined())).not.toContain('PRM-16');
});

test('PRM-17: an internal authorization server in public metadata is found, and what follows stands under it', async () => {
  const issuer = 'http://keycloak.auth.svc.cluster.local:8080/realms/x';
  const examination = await examined(says({ authorization_servers: [issuer] }));
  const found = finding(examination, 'PRM-17');
  expect(found?.title).toContain(issuer);
  expect(found?.consequences.map(({ code }) => code)).toContain('PRM-15');
  expect(codes(await examined())).not.toContain('PRM-17');
});

test('PRM-17 allows internal names where the server is internal itself', async () => {
  const url = 'http://localhost:3000/mcp';
  const server = { handle: () => Response.json(prm(url, 'http://localhost:4000')) };
  const examination = await examined({}, {}, { 'http://localhost:3000': server }, url);
  expect(codes(examination)).not.toContain('PRM-17');
});

test('PRM-18: PKCE in the resource metadata is a note (row 4.8)', async () => {
  const found = finding(await examined(says({ code_challenge_methods_supported: ['S256'] })), 'PRM-18');
  expect(found?.severity).toBe('note');
  expect(found?.title).toContain('code_challenge_methods_supported');
  expect(codes(await examined())).not.toContain('PRM-18');
});

test('PKCE in the resource metadata does not stand in for PKCE in the server’s (row 4.8)', async () => {
  const { code_challenge_methods_supported: _, ...without } = RIGHT_ISSUER[OAUTH] as Record<string, unknown>;
  const pkce = says({ code_challenge_methods_supported: ['S256'] });
  expect(codes(await examined(pkce, { [OAUTH]: without }))).toContain('ASM-10');
});

test('PRM-19: offline_access asked for by the resource is a note', async () => {
  const listed = await examined(says({ scopes_supported: ['mcp', 'offline_access'] }));
  expect(finding(listed, 'PRM-19')?.severity).toBe('note');
  const challenged = await examined({ '/mcp': challenge(`${named}, scope="mcp offline_access"`) });
  expect(finding(challenged, 'PRM-19')?.title).toContain('the challenge');
  expect(codes(await examined())).not.toContain('PRM-19');
});

test('PRM-20: no scopes anywhere is fragile before an authorization server with many', async () => {
  const offers = (scopes: string[]) => ({
    [OAUTH]: { ...(RIGHT_ISSUER[OAUTH] as object), scopes_supported: scopes },
  });
  const many = Array.from({ length: 20 }, (_, index) => `scope-${index}`);
  const none = says({ scopes_supported: undefined });
  expect(finding(await examined(none, offers(many)), 'PRM-20')?.severity).toBe('fragile');
  expect(finding(await examined(none, offers(['openid'])), 'PRM-20')?.severity).toBe('note');
  expect(codes(await examined(none, offers(['mcp'])))).not.toContain('PRM-20');
  expect(codes(await examined({}, offers(many)))).not.toContain('PRM-20');
  const challenged = { ...none, '/mcp': challenge(`${named}, scope="mcp"`) };
  expect(codes(await examined(challenged, offers(many)))).not.toContain('PRM-20');
});

test('PRM-23: several authorization servers are a note', async () => {
  const second = 'https://as2.example';
  const examination = await examined(
    says({ authorization_servers: [ISSUER, second] }),
    {},
    { [second]: () => Response.json(asm(second)) },
  );
  expect(finding(examination, 'PRM-23')?.severity).toBe('note');
  expect(codes(await examined(says({ authorization_servers: [ISSUER, ISSUER] })))).not.toContain('PRM-23');
});

test.each([[['query']], [['header', 'query']], [['header', 'header']], ['header']])(
  'PRM-25: bearer_methods_supported %j is a note',
  async methods => {
    const found = finding(await examined(says({ bearer_methods_supported: methods })), 'PRM-25');
    expect(found?.severity).toBe('note');
    expect(codes(await examined(says({ bearer_methods_supported: undefined })))).not.toContain('PRM-25');
    expect(codes(await examined())).not.toContain('PRM-25');
  },
);
