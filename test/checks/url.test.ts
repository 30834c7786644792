import { describe, expect, test } from 'vitest';
import { challenge, html, paths, prm, RESOURCE, status } from '../support/discovery.ts';
import { codes, examined, finding, findings, ISSUER, RIGHT, withProbe } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

const answers =
  (code: number, body: string, headers: Record<string, string> = {}): Handler =>
  () =>
    new Response(body, { status: code, headers });
const redirect = (code: number, location: string) => answers(code, '', { location });
/** The right endpoint, but for one method. */
const but =
  (method: string, handler: Handler): Handler =>
  (request, dialled) =>
    (request.method === method ? handler : RIGHT['/mcp'])(request, dialled);
const bearer = challenge('Bearer');
const gone = { [`${RESOURCE}/mcp`]: status(404) };

describe('URL-01, a slash at the end', () => {
  test('that the server wants is found, and the two addresses compared', async () => {
    const examination = await examined({
      '/mcp': redirect(307, 'https://mcp.example/mcp/'),
      '/mcp/': bearer,
    });
    expect(finding(examination, 'URL-01')).toMatchObject({
      severity: 'broken',
      comparison: { seen: 'https://mcp.example/mcp/', expected: 'https://mcp.example/mcp' },
    });
  });

  test('that only the other form lacks is a note', async () => {
    const examination = await examined({ '/mcp/': redirect(307, '/mcp') });
    expect(finding(examination, 'URL-01')?.severity).toBe('note');
  });

  test('is not what another redirect is about', async () => {
    expect(codes(await examined({ '/mcp': redirect(307, 'https://mcp.example/v2/mcp') }))).not.toContain(
      'URL-01',
    );
    expect(codes(await examined())).not.toContain('URL-01');
  });

  test('comes before what follows from it', async () => {
    const examination = await examined({ '/mcp': redirect(301, 'http://mcp.example/mcp/') });
    const found = codes(examination);
    for (const code of ['URL-01', 'URL-02', 'NET-11']) expect(found).toContain(code);
    expect(finding(examination, 'URL-01')?.consequences.map(({ code }) => code)).toContain('NET-11');
  });
});

test('URL-02: a redirect from https to http is found, and weighs less at the metadata', async () => {
  const found = finding(await examined({ '/mcp': redirect(307, 'http://mcp.example/mcp/') }), 'URL-02');
  expect(found).toMatchObject({
    severity: 'broken',
    comparison: { seen: 'http://mcp.example/mcp/', expected: 'https://mcp.example/mcp/' },
  });
  const metadata = { [`${RESOURCE}/mcp`]: redirect(308, `http://mcp.example${RESOURCE}/v1`) };
  expect(finding(await examined(metadata), 'URL-02')?.severity).toBe('fragile');
  expect(codes(await examined({ '/mcp': redirect(307, 'https://mcp.example/mcp/') }))).not.toContain(
    'URL-02',
  );
});

describe('URL-03, a redirect to another origin', () => {
  test('is seen where a signed-in call is sent on', async () => {
    const staged = withProbe(await examined(), 'bad-bearer', {
      status: 307,
      headers: { location: 'https://other.example/mcp' },
      asked: { authorization: 'Bearer [redacted 43 #a1b2c3]' },
    });
    expect(finding(staged, 'URL-03')?.detail).toContain('arrived without it');
    const home = withProbe(await examined(), 'bad-bearer', {
      status: 307,
      headers: { location: 'https://mcp.example/mcp/' },
      asked: { authorization: 'Bearer [redacted 43 #a1b2c3]' },
    });
    expect(codes(home)).not.toContain('URL-03');
  });

  test('is foreseen where nobody is signed in', async () => {
    const moved = await examined({ '/mcp': redirect(308, 'https://other.example/mcp') });
    expect(finding(moved, 'URL-03')?.detail).toContain('Once somebody is signed in');
    expect(codes(await examined({ '/mcp': redirect(302, 'https://team.okta.com/login') }))).not.toContain(
      'URL-03',
    );
  });
});

describe('URL-04, an address that is not the endpoint', () => {
  test('is found with the one that is', async () => {
    const examination = await examined({ '/mcp': bearer }, {}, {}, 'https://mcp.example/');
    expect(finding(examination, 'URL-04')?.remedy).toContain('https://mcp.example/mcp');
  });

  test('is found where only the older transport answers', async () => {
    const sse = answers(200, 'event: endpoint\ndata: /messages\n\n', { 'content-type': 'text/event-stream' });
    const handler: Handler = (request, dialled) =>
      request.method === 'GET' ? sse(request, dialled) : new Response('', { status: 405 });
    expect(finding(await examined({ '/mcp': handler, ...gone }), 'URL-04')?.severity).toBe('fragile');
  });

  test.each([
    ['is not there', status(404), 'POST is answered 404'],
    ['fails', status(500), 'POST is answered 500'],
    ['is a page', html, 'POST is answered with a page'],
  ])('is found where the endpoint %s and nothing else is known of it', async (_, handler, words) => {
    const found = finding(await examined({ '/mcp': handler, ...gone }), 'URL-04');
    expect(found?.severity).toBe('broken');
    expect(found?.title).toContain(words);
  });

  test('is not claimed where metadata names the very address, nor looked for where something answers', async () => {
    expect(codes(await examined({ '/mcp': status(404) }))).not.toContain('URL-04');
    const { probes } = await examined();
    expect(probes.filter(({ kind }) => kind === 'endpoint-elsewhere')).toEqual([]);
  });
});

test('URL-05: a page or a text in place of a stream or 405 is found', async () => {
  expect(finding(await examined({ '/mcp': but('GET', html) }), 'URL-05')?.title).toContain('a page');
  const banner = answers(200, '{"name":"server"}', { 'content-type': 'application/json' });
  expect(finding(await examined({ '/mcp': but('GET', banner) }), 'URL-05')?.severity).toBe('fragile');
  const stream = answers(200, 'event: message\ndata: {}\n\n', { 'content-type': 'text/event-stream' });
  expect(codes(await examined({ '/mcp': but('GET', stream) }))).not.toContain('URL-05');
  expect(codes(await examined())).not.toContain('URL-05');
});

test('URL-06: HEAD is asked, and anything but 405, a refusal or a stream is a note (row 1.1)', async () => {
  const examination = await examined({ '/mcp': but('HEAD', status(404)) });
  expect(finding(examination, 'URL-06')?.severity).toBe('note');
  expect(finding(examination, 'URL-06')?.title).toContain('HEAD is answered 404');
  expect(finding(await examined({ '/mcp': but('GET', status(500)) }), 'URL-06')?.title).toContain(
    'GET is answered 500',
  );
  const right = await examined();
  expect(right.probes.some(({ kind }) => kind === 'head')).toBe(true);
  expect(codes(right)).not.toContain('URL-06');
  expect(codes(await examined({ '/mcp': bearer }))).not.toContain('URL-06');
});

test('URL-06 says nothing of a server that fails whatever it is asked', async () => {
  expect(codes(await examined({ '/mcp': status(503) }))).not.toContain('URL-06');
});

test('a page for everything is one finding: the wrong address, and the metadata under it', async () => {
  const page = await examined({}, {}, { 'https://mcp.example': html });
  const roots = findings(page).map(({ code, consequences }) => [code, consequences.map(each => each.code)]);
  expect(roots).toEqual([['URL-04', expect.arrayContaining(['PRM-05'])]]);
});

test('row 1.2: POST of {} is refused with a challenge that is read', async () => {
  const { exchanges, probes } = await examined();
  const probe = probes.find(({ kind }) => kind === 'post-empty');
  const exchange = exchanges[probe?.exchanges[0] ?? ''];
  expect(exchange?.request).toMatchObject({ method: 'POST', body: { text: '{}' } });
  expect(exchange?.request.headers).toContainEqual(['content-type', 'application/json']);
  expect(exchange?.outcome).toMatchObject({ kind: 'answered', status: 401 });
});

test('URL-07: a server that misses a media type which was sent is found, and weighs more where nobody gets in', async () => {
  expect(finding(await examined({ '/mcp': but('POST', status(406)) }), 'URL-07')?.severity).toBe('broken');
  const some: Handler = (request, dialled) =>
    (request.headers.has('mcp-protocol-version') ? status(406) : RIGHT['/mcp'])(request, dialled);
  expect(finding(await examined({ '/mcp': some }), 'URL-07')?.severity).toBe('fragile');
  expect(codes(await examined({ '/mcp': but('GET', status(406)) }))).not.toContain('URL-07');
});

test('URL-08: a web application that takes every GET is found, and is not a banner', async () => {
  const shell = answers(200, '<!doctype html><div id="root"></div>', { 'content-type': 'text/html' });
  const examination = await examined({ '/mcp': but('GET', shell) });
  expect(codes(examination)).toContain('URL-08');
  expect(codes(examination)).not.toContain('URL-05');
  expect(codes(await examined({ '/mcp': but('GET', html) }))).not.toContain('URL-08');
});

describe('URL-09, a prefix that is rewritten wrongly', () => {
  const url = 'https://one.example/mcp-x/mcp';
  const behind = (handlers: Record<string, object | Handler>) =>
    examined({}, {}, { 'https://one.example': paths(handlers) }, url);

  test('is found where the server sees the path it does not serve', async () => {
    const examination = await behind({ [`${RESOURCE}/mcp-x/mcp`]: prm(url, ISSUER) });
    const found = finding(examination, 'URL-09');
    expect(found?.remedy).toContain('/mcp-x(/|$)(.*) to /$2');
    expect(codes(examination)).not.toContain('URL-04');
  });

  test('is found where the prefix is wanted twice', async () => {
    const examination = await behind({ '/mcp-x/mcp-x/mcp': bearer });
    expect(finding(examination, 'URL-09')?.title).toContain('/mcp-x/mcp-x/mcp');
    // Where the endpoint really is follows from it.
    expect(finding(examination, 'URL-09')?.consequences.map(({ code }) => code)).toContain('URL-04');
  });

  test('is not claimed of an address that is simply wrong, or right', async () => {
    expect(codes(await behind({}))).not.toContain('URL-09');
    expect(codes(await behind({ '/mcp-x/mcp': bearer }))).not.toContain('URL-09');
  });
});

test('a key in the query of a server stands in no finding', async () => {
  const key = 'abcdefghijklmnopqrstuv0123456789';
  const url = `https://mcp.example/mcp?key=${key}`;
  const ways = [
    redirect(307, `http://mcp.example/mcp/?key=${key}`),
    redirect(301, `https://other.example/mcp?key=${key}`),
    redirect(302, `/login?next=${encodeURIComponent(`/mcp?key=${key}`)}`),
    status(404),
    status(502),
  ];
  for (const way of ways) {
    const examination = await examined({ [`/mcp?key=${key}`]: way, '/mcp': bearer, ...gone }, {}, {}, url);
    const found = findings(examination);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toContain(key);
  }
});
