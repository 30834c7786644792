import { expect, test } from 'vitest';
import { challenge, html, prm, RESOURCE, status } from '../support/discovery.ts';
import { codes, examined, finding, findings, ISSUER, RIGHT, SERVER } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

// Where the resource metadata is, and how it comes: PRM-01 to PRM-06, PRM-21, PRM-22, PRM-24, PRM-26.

const PATH = `${RESOURCE}/mcp`;
const METADATA = `https://mcp.example${PATH}`;
const document = RIGHT[PATH] as object;
const bare = { '/mcp': challenge('Bearer') };
const names = (path: string) => ({
  '/mcp': challenge(`Bearer resource_metadata="https://mcp.example${path}"`),
});
const gone = { [PATH]: status(404) };

test('PRM-01: metadata at the root only costs the clients that keep to RFC 9728', async () => {
  const root = { ...gone, [RESOURCE]: document };
  expect(finding(await examined({ ...bare, ...root }), 'PRM-01')).toMatchObject({
    severity: 'fragile',
    title: expect.stringContaining(`${METADATA} answers 404`),
  });
  expect(finding(await examined({ ...names(RESOURCE), ...root }), 'PRM-01')?.severity).toBe('note');
  const failing = { ...bare, ...root, [PATH]: status(500) };
  expect(finding(await examined(failing), 'PRM-01')?.severity).toBe('broken');
  expect(codes(await examined({ [RESOURCE]: document }))).not.toContain('PRM-01');
  expect(codes(await examined({ ...bare, ...gone }))).not.toContain('PRM-01');
});

test('PRM-02: metadata at its path only is a note where no challenge names it', async () => {
  expect(finding(await examined(bare), 'PRM-02')?.severity).toBe('note');
  expect(codes(await examined())).not.toContain('PRM-02');
  expect(codes(await examined({ ...bare, [RESOURCE]: document }))).not.toContain('PRM-02');
  // Nobody is refused there, so there is no challenge that could name it.
  expect(codes(await examined({ '/mcp': status(500) }))).not.toContain('PRM-02');
});

test('PRM-03: a path that stands twice in the address is found and shown', async () => {
  const twice = { ...gone, [`${PATH}/mcp`]: document };
  expect(finding(await examined({ ...bare, ...twice }), 'PRM-03')).toMatchObject({
    severity: 'broken',
    comparison: { seen: `${METADATA}/mcp`, expected: METADATA },
  });
  expect(finding(await examined({ ...names(`${PATH}/mcp`), ...twice }), 'PRM-03')?.severity).toBe('fragile');
  expect(codes(await examined({ [`${PATH}/mcp`]: document }))).not.toContain('PRM-03');
});

test('PRM-04: metadata under the path of the application is found, and the dead challenge stands under it', async () => {
  const under = { ...gone, [`/mcp${RESOURCE}`]: document };
  const examination = await examined(under);
  expect(finding(examination, 'PRM-04')?.title).toContain(`https://mcp.example/mcp${RESOURCE}`);
  const root = findings(examination).find(({ code }) => code === 'PRM-04');
  expect(root?.consequences.map(({ code }) => code)).toContain('CHL-03');
  const named = await examined({ ...under, ...names(`/mcp${RESOURCE}`) });
  expect(finding(named, 'PRM-04')?.severity).toBe('fragile');
  expect(codes(await examined({ [`/mcp${RESOURCE}`]: document }))).not.toContain('PRM-04');
});

test('PRM-05: a page in place of the metadata is told once, and matters little where nobody reads it', async () => {
  const page = await examined({ [PATH]: html });
  expect(codes(page).filter(code => code === 'PRM-05')).toHaveLength(1);
  expect(finding(page, 'PRM-05')?.severity).toBe('broken');
  expect(finding(await examined({ [RESOURCE]: html }), 'PRM-05')?.severity).toBe('note');
  expect(codes(await examined())).not.toContain('PRM-05');
});

test.each([401, 403])('PRM-06: metadata behind a sign-in (%i) is found', async code => {
  expect(finding(await examined({ [PATH]: status(code) }), 'PRM-06')?.severity).toBe('broken');
  const elsewhere = { ...names(RESOURCE), [RESOURCE]: document, [PATH]: status(code) };
  expect(finding(await examined(elsewhere), 'PRM-06')?.severity).toBe('fragile');
  expect(codes(await examined({ [RESOURCE]: status(code) }))).not.toContain('PRM-06');
});

test('PRM-21: a redirect is shown hop by hop, and is worse where it leads nowhere', async () => {
  const moved: Handler = () => Response.redirect(`https://mcp.example${RESOURCE}`, 302);
  const found = finding(await examined({ [PATH]: moved, [RESOURCE]: document }), 'PRM-21');
  expect(found?.severity).toBe('fragile');
  expect(found?.detail).toContain(`"${METADATA}" → 302 → "https://mcp.example${RESOURCE}"`);
  expect(found?.remedy).toContain('308');
  expect(finding(await examined({ [PATH]: moved }), 'PRM-21')?.severity).toBe('broken');
  const away: Handler = () => Response.redirect('https://meta.example/', 308);
  const led = await examined({ [PATH]: away }, {}, { 'https://meta.example': () => Response.json(document) });
  expect(finding(led, 'PRM-21')?.detail).toContain('another origin');
  expect(codes(await examined())).not.toContain('PRM-21');
  expect(codes(await examined({ [PATH]: moved, [RESOURCE]: html }))).not.toContain('PRM-21');
});

test('PRM-22: metadata under another type, or with something before it, is found', async () => {
  const text: Handler = () =>
    new Response(JSON.stringify(document), { headers: { 'content-type': 'text/plain' } });
  expect(finding(await examined({ [PATH]: text }), 'PRM-22')?.title).toContain('"text/plain"');
  const guarded: Handler = () =>
    new Response(`)]}'\n${JSON.stringify(document)}`, { headers: { 'content-type': 'application/json' } });
  expect(codes(await examined({ [PATH]: guarded }))).toContain('PRM-22');
  const charset: Handler = () =>
    Response.json(document, { headers: { 'content-type': 'application/json; charset=utf-8' } });
  expect(codes(await examined({ [PATH]: charset }))).not.toContain('PRM-22');
});

test('PRM-24: metadata at an address of its own is a note, where no standard address has it', async () => {
  const own = '/.well-known/cloudflare-access-protected-resource/mcp';
  expect(finding(await examined({ ...names(own), [own]: document, ...gone }), 'PRM-24')?.severity).toBe(
    'note',
  );
  expect(codes(await examined({ ...names(own), [own]: document }))).not.toContain('PRM-24');
});

test('PRM-26: an old copy out of a cache is found; a new one is not', async () => {
  const cached = (fresh: object): Handler => {
    return request =>
      new URL(request.url).search === ''
        ? Response.json(prm(SERVER, 'https://old.example'), { headers: { age: '600', 'x-cache': 'HIT' } })
        : Response.json(fresh);
  };
  const at = async (fresh: object) => {
    const handler = cached(fresh);
    const whole: Handler = (request, dialled) => {
      const { pathname } = new URL(request.url);
      if (pathname === PATH) return handler(request, dialled);
      if (pathname === '/mcp') return RIGHT['/mcp'](request, dialled);
      return new Response('', { status: 404 });
    };
    return examined({}, {}, { 'https://mcp.example': whole });
  };
  expect(finding(await at(prm(SERVER, ISSUER)), 'PRM-26')?.detail).toContain('600 s old');
  expect(codes(await at({ ...prm(SERVER, 'https://old.example'), at: 5 }))).not.toContain('PRM-26');
});

test('a key in the query of the server’s URL stands in no finding', async () => {
  const key = 'k3y-of-the-user-0123456789';
  const url = `${SERVER}?key=${key}`;
  for (const server of [{ ...gone, [RESOURCE]: document }, { [`${PATH}?key=${key}`]: html }, {}]) {
    const refused = { [`/mcp?key=${key}`]: status(401) };
    const examination = await examined({ ...refused, ...server }, {}, {}, url);
    expect(codes(examination).length).toBeGreaterThan(0);
    expect(JSON.stringify(findings(examination))).not.toContain(key);
  }
});
