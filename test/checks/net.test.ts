import { describe, expect, test } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { flat } from '../../src/checks/judge.ts';
import { asm, challenge, html, OAUTH, OPENID, paths, prm, RESOURCE, status } from '../support/discovery.ts';
import {
  codes,
  examined,
  finding,
  findings,
  forBrowsers,
  ISSUER,
  RIGHT,
  SERVER,
} from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

const answers =
  (code: number, body: string, headers: Record<string, string> = {}): Handler =>
  () =>
    new Response(body, { status: code, headers });
const page = { 'content-type': 'text/html' };
const redirect = (code: number, location: string) => answers(code, '', { location });

describe('NET-05, a filter against robots', () => {
  test.each([
    ['by its page', answers(403, '<title>Just a moment...</title>', { ...page, server: 'cloudflare' })],
    ['by its field', answers(403, '', { 'cf-mitigated': 'challenge' })],
    ['of Amazon', answers(405, '', { 'x-amzn-waf-action': 'captcha' })],
  ])('is found %s', async (_, handler) => {
    const examination = await examined({ '/mcp': handler });
    expect(finding(examination, 'NET-05')?.severity).toBe('broken');
  });

  test('is found at the metadata only, and mended where it stands', async () => {
    const challenged = answers(503, 'Attention Required! | Cloudflare', { ...page, 'cf-ray': '8' });
    const found = finding(await examined({ [`${RESOURCE}/mcp`]: challenged }), 'NET-05');
    expect(found?.title).toContain(`${RESOURCE}/mcp`);
    expect(found?.remedy).toContain('Bot Fight Mode');
  });

  test('is not seen in any other refusal', async () => {
    expect(codes(await examined({ '/mcp': answers(403, '<h1>Forbidden</h1>', page) }))).not.toContain(
      'NET-05',
    );
    expect(codes(await examined())).not.toContain('NET-05');
  });
});

test('NET-06: an outage that others meet too is no matter of the User-Agent', async () => {
  const out = (others: object) => {
    const flaky: Handler = request =>
      request.headers.get('user-agent')
        ? Response.json(prm(SERVER, ISSUER))
        : new Response('', { status: 503 });
    return examined({ [`${RESOURCE}/mcp`]: flaky, ...others });
  };
  expect(codes(await out({}))).toContain('NET-06');
  expect(codes(await out({ [RESOURCE]: status(503) }))).not.toContain('NET-06');
});

test('NET-06: a server that wants a User-Agent is found', async () => {
  const picky: Handler = request =>
    request.headers.get('user-agent')
      ? Response.json(prm(SERVER, ISSUER))
      : new Response('', { status: 403 });
  const open: Handler = () => Response.json(prm(SERVER, ISSUER));
  expect(finding(await examined({ [`${RESOURCE}/mcp`]: picky }), 'NET-06')?.severity).toBe('fragile');
  expect(codes(await examined({ [`${RESOURCE}/mcp`]: open }))).not.toContain('NET-06');
  expect(codes(await examined({ [`${RESOURCE}/mcp`]: status(403) }))).not.toContain('NET-06');
});

describe('NET-07, a login page in front', () => {
  test.each([
    ['cloudflare-access', 'https://team.cloudflareaccess.com/cdn-cgi/access/login/x', 'Managed OAuth'],
    ['easy-auth', '/.auth/login/aad', 'unauthenticatedClientAction'],
    ['oauth2-proxy', '/oauth2/start?rd=%2Fmcp', '--skip-auth-route'],
    ['no gate that is known', '/login?next=/mcp', 'Exempt the MCP endpoint'],
  ])('is found and named: %s', async (_, location, remedy) => {
    const examination = await examined({ '/mcp': redirect(302, location) });
    expect(finding(examination, 'NET-07')?.remedy).toContain(remedy);
    expect(codes(examination)).not.toContain('NET-11');
  });

  test('is found at the metadata', async () => {
    const examination = await examined({ [`${RESOURCE}/mcp`]: redirect(302, '/login'), '/login': html });
    expect(finding(examination, 'NET-07')?.title).toContain(RESOURCE);
  });

  test('is not seen in a redirect to another address of the metadata', async () => {
    const moved = { [`${RESOURCE}/mcp`]: redirect(308, `https://login.example${RESOURCE}`) };
    expect(codes(await examined(moved))).not.toContain('NET-07');
    expect(codes(await examined({ '/mcp': redirect(307, '/mcp/') }))).not.toContain('NET-07');
  });
});

test('NET-07 stands above metadata that only the gate keeps back', async () => {
  const gated = { [`${RESOURCE}/mcp`]: redirect(302, '/login') };
  expect(findings(await examined(gated)).map(({ code }) => code)).toEqual(['NET-07']);
});

test('NET-08: a server that does not know its public name is found', async () => {
  const found = finding(await examined({ '/mcp': answers(421, 'Invalid Host header') }), 'NET-08');
  expect(found?.title).toContain('mcp.example');
  const refused = answers(403, '{"error":{"message":"Invalid Host: mcp.example"}}');
  expect(codes(await examined({ '/mcp': refused }))).toContain('NET-08');
  expect(codes(await examined({ '/mcp': answers(403, 'Forbidden') }))).not.toContain('NET-08');
  expect(codes(await examined())).not.toContain('NET-08');
});

test('NET-09: refusing an unknown origin is right, and a note; refusing everybody is not that', async () => {
  const guarded: Handler = (request, dialled) =>
    request.headers.has('origin') ? new Response('', { status: 403 }) : RIGHT['/mcp'](request, dialled);
  const closed = { 'https://mcp.example': paths({ ...RIGHT, '/mcp': guarded }) };
  const examination = await examined({}, {}, closed);
  expect(finding(examination, 'NET-09')?.severity).toBe('note');
  expect(codes(examination)).not.toContain('NET-12');
  expect(codes(await examined({ '/mcp': status(403) }))).not.toContain('NET-09');
});

test('NET-09: an origin that is let in beforehand and then refused is more than a note', async () => {
  const guarded: Handler = (request, dialled) =>
    request.headers.has('origin') ? new Response('', { status: 403 }) : RIGHT['/mcp'](request, dialled);
  expect(finding(await examined({ '/mcp': guarded }), 'NET-09')?.severity).toBe('fragile');
});

test('NET-13 stands above the metadata that its limit keeps back', async () => {
  const busy = status(429);
  const found = findings(await examined({}, { [OAUTH]: busy, [OPENID]: busy }));
  expect(found.map(({ code, consequences }) => [code, consequences.map(each => each.code)])).toEqual([
    ['NET-13', ['PRM-15']],
  ]);
});

test('NET-10 stands above a resource that is right but for what was typed', async () => {
  const upwards: Handler = ({ url }) => Response.redirect(url.replace('http:', 'https:'), 301);
  const { href } = new URL(SERVER.replace('https:', 'http:'));
  const found = findings(await examined({}, {}, { 'http://mcp.example': upwards }, href));
  expect(found.map(({ code }) => code)).toEqual(['NET-10']);
  const typed = flat(found).find(({ code }) => code === 'PRM-11');
  expect(typed).toMatchObject({ severity: 'note', remedy: expect.stringContaining(`"${SERVER}"`) });
});

describe('NET-10, plain http', () => {
  const over = (origin: string) =>
    examined({}, {}, { [origin]: paths({ '/mcp': challenge('Bearer') }) }, `${origin}/mcp`);

  test('on a public host is broken, and mended in nginx and its image (row 4.1)', async () => {
    const found = finding(await over('http://plain.example'), 'NET-10');
    expect(found?.severity).toBe('broken');
    for (const word of [
      'listen 443 ssl',
      'MCP_TLS=on',
      'MCP_SSL_CERT_FILE',
      'MCP_SSL_CERT_KEY_FILE',
      'load balancer',
    ])
      expect(found?.remedy).toContain(word);
  });

  test('inside a network it is unsafe, and on this machine it is nothing', async () => {
    expect(finding(await over('http://10.0.0.5'), 'NET-10')?.severity).toBe('unsafe');
    expect(codes(await over('http://127.0.0.1:3000'))).not.toContain('NET-10');
    expect(codes(await examined())).not.toContain('NET-10');
  });

  test('that is only sent on to https is the cause of what a redirect breaks', async () => {
    const sent = { 'http://mcp.example': redirect(301, SERVER) };
    const found = finding(await examined({}, {}, sent, 'http://mcp.example/mcp'), 'NET-10');
    expect(found?.remedy).toContain(SERVER);
    const under = found?.consequences.map(({ code }) => code);
    for (const code of ['NET-11', 'URL-03']) expect(under).toContain(code);
  });

  test('of an authorization server elsewhere is found', async () => {
    const plain = { [`${RESOURCE}/mcp`]: prm(SERVER, 'http://as.example') };
    expect(finding(await examined(plain), 'NET-10')?.title).toContain('authorization server as.example');
  });
});

test('NET-11: a redirect that makes a GET of a POST is found, and one that keeps it is not', async () => {
  expect(codes(await examined({ '/mcp': redirect(301, 'https://mcp.example/v1/mcp') }))).toContain('NET-11');
  expect(codes(await examined({ '/mcp': redirect(308, 'https://mcp.example/v1/mcp') }))).not.toContain(
    'NET-11',
  );
});

describe('NET-12, clients in browsers', () => {
  const served = (handler: Handler) => examined({}, {}, { 'https://mcp.example': handler });

  test('that nobody lets in are a note', async () => {
    expect(finding(await served(paths(RIGHT)), 'NET-12')?.severity).toBe('note');
    const metadata: Handler = async (request, dialled) => {
      const isMetadata = request.url.includes('.well-known');
      return (isMetadata ? forBrowsers(paths(RIGHT)) : paths(RIGHT))(request, dialled);
    };
    expect(finding(await served(metadata), 'NET-12')?.severity).toBe('note');
  });

  test.each<[string, Handler, string]>([
    [
      'a preflight that wants a token',
      (request, dialled) =>
        request.method === 'OPTIONS'
          ? new Response('', { status: 401 })
          : forBrowsers(paths(RIGHT))(request, dialled),
      'OPTIONS is answered 401',
    ],
    [
      'a preflight that forbids Authorization',
      async (request, dialled) => {
        const response = await forBrowsers(paths(RIGHT))(request, dialled);
        response.headers.set('access-control-allow-headers', '*');
        return response;
      },
      'does not allow authorization',
    ],
    [
      'a challenge they cannot read',
      async (request, dialled) => {
        const response = await forBrowsers(paths(RIGHT))(request, dialled);
        response.headers.delete('access-control-expose-headers');
        return response;
      },
      'www-authenticate is not exposed',
    ],
    [
      'metadata they cannot read',
      async (request, dialled) => {
        const response = await forBrowsers(paths(RIGHT))(request, dialled);
        if (request.url.includes('.well-known')) response.headers.delete('access-control-allow-origin');
        return response;
      },
      'the resource metadata has no',
    ],
  ])('that are half let in are told: %s', async (_, handler, words) => {
    const found = finding(await served(handler), 'NET-12');
    expect(found?.severity).toBe('fragile');
    expect(found?.title).toContain(words);
  });

  test('are not spoken of where nothing works for anybody', async () => {
    expect(codes(await served(status(502)))).not.toContain('NET-12');
  });

  test('that are let in are nothing', async () => {
    expect(codes(await examined())).not.toContain('NET-12');
  });
});

test('NET-13: a limit on requests is found, and is a note where coming back helped', async () => {
  const found = finding(await examined({ [`${RESOURCE}/mcp`]: answers(429, '') }), 'NET-13');
  expect(found?.severity).toBe('fragile');
  expect(found?.title).toContain('does not say when');
  let left = 3;
  const limited = await examined({
    [`${RESOURCE}/mcp`]: () =>
      left-- > 0
        ? new Response('', { status: 429, headers: { 'retry-after': '0' } })
        : Response.json(prm(SERVER, ISSUER)),
  });
  expect(finding(limited, 'NET-13')?.severity).toBe('note');
  expect(codes(await examined())).not.toContain('NET-13');
});

test('NET-14: a server that gives its inner address away is found as the cause of what follows', async () => {
  const inner = 'http://localhost:8080';
  const leaking: Record<string, object | Handler> = {
    '/mcp': challenge(`Bearer resource_metadata="${inner}${RESOURCE}/mcp"`),
    [`${RESOURCE}/mcp`]: prm(`${inner}/mcp`, inner),
  };
  const found = finding(await examined(leaking), 'NET-14');
  expect(found?.comparison).toMatchObject({ seen: inner, expected: 'https://mcp.example' });
  expect(found?.title).toContain('resource_metadata');
  expect(codes(await examined())).not.toContain('NET-14');
  const elsewhere = { [`${RESOURCE}/mcp`]: prm(SERVER, 'https://as.example:8443') };
  expect(codes(await examined(elsewhere))).not.toContain('NET-14');
  // Another program's address inside is not its own; that is PRM-17, and not plain http besides.
  const keycloak = { [`${RESOURCE}/mcp`]: prm(SERVER, 'http://keycloak:8080/realms/x') };
  expect(findings(await examined(keycloak)).map(({ code }) => code)).toEqual(['PRM-17']);
});

describe('NET-15, nobody behind the edge', () => {
  const served = { [`${RESOURCE}/mcp`]: prm(SERVER, ISSUER) };

  test('is found while the metadata of the host answers, with the hint for Kubernetes (row 1.5)', async () => {
    const found = finding(
      await examined({ ...served, '/mcp': answers(502, '', { server: 'nginx' }) }),
      'NET-15',
    );
    expect(found?.title).toBe('nginx answers 502 for /mcp: there is no live server behind it.');
    expect(found?.detail).toContain('Metadata of the same host is there');
    expect(found?.remedy).toContain('kubectl get pods -n mcp');
  });

  test.each([
    ['an ingress', answers(404, 'default backend - 404')],
    ['nginx itself', answers(404, '<html><center>nginx/1.27</center></html>', page)],
    ['a tunnel that is gone', answers(530, 'error code: 1033', { 'cf-ray': '8' })],
    ['ngrok', answers(404, '', { 'ngrok-error-code': 'ERR_NGROK_3200' })],
  ])('is found where %s knows no route', async (_, handler) => {
    expect(codes(await examined({ '/mcp': handler }))).toContain('NET-15');
  });

  test('is not seen in an error of the server’s own', async () => {
    expect(codes(await examined({ '/mcp': status(404) }))).not.toContain('NET-15');
    expect(codes(await examined({ '/mcp': status(500) }))).not.toContain('NET-15');
    expect(codes(await examined())).not.toContain('NET-15');
  });
});

test('NET-16: a gate that answers for the host and not under a path is found', async () => {
  const gate = { 'www-authenticate': 'Cloudflare-Access realm="mcp"' };
  const url = 'https://deep.example/team/mcp';
  const handler = (metadata: Record<string, object>): Handler =>
    paths({ '/team/mcp': answers(401, '', gate), ...metadata });
  const document = prm('https://deep.example', ISSUER);
  const run = (metadata: Record<string, object>): Promise<Examination> =>
    examined({}, {}, { 'https://deep.example': handler(metadata) }, url);
  expect(codes(await run({ [RESOURCE]: document }))).toContain('NET-16');
  expect(
    codes(await run({ [RESOURCE]: document, [`${RESOURCE}/team/mcp`]: prm(url, ISSUER) })),
  ).not.toContain('NET-16');
});

test('an authorization server of the same host in plain http is no plaintext endpoint of its own', async () => {
  const own = { [`${RESOURCE}/mcp`]: prm(SERVER, 'http://mcp.example'), [OAUTH]: asm('http://mcp.example') };
  expect(codes(await examined(own))).not.toContain('NET-10');
});
