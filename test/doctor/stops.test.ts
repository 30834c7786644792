import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { CHECKS } from '../../src/checks/all.ts';
import type { Examination } from '../../src/checks/examination.ts';
import { flat } from '../../src/checks/judge.ts';
import { isFailure } from '../../src/doctor/baseline.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { FORMS, reportIn } from '../../src/doctor/output/report.ts';
import { toText } from '../../src/doctor/output/text.ts';
import { examinedActively, register } from '../support/active.ts';
import { challenge, html, RESOURCE } from '../support/discovery.ts';
import { examined, SERVER } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';
import { CLAIMS, type LoginStage, loggedIn } from '../support/login.ts';

const diagnosis = (examination: Examination) => diagnose(examination, { version: '0' });

/** What is found above a note, whether that is a failure, and who gets through. */
async function said(examination: Examination) {
  const whole = await diagnosis(examination);
  const above = flat(whole.findings).filter(({ severity }) => severity !== 'note');
  const through = whole.clients.filter(({ result }) => result === 'through').map(({ title }) => title);
  return {
    above,
    codes: above.map(({ code }) => code),
    text: above.map(({ title, detail, remedy }) => `${title} ${detail} ${remedy}`).join('\n'),
    isFailure: isFailure(whole, 'broken'),
    through,
    whole,
  };
}

const page =
  (title: string, body: string, code: number, headers: Record<string, string> = {}): Handler =>
  () =>
    new Response(
      `<!doctype html><html><head><title>${title}</title><script>var hidden = 1</script><style>p{color:red}</style></head><body><!-- no --><p>${body}</p></body></html>`,
      { status: code, headers: { 'content-type': 'text/html', ...headers } },
    );
const json =
  (value: object, code: number): Handler =>
  () =>
    Response.json(value, { status: code });

describe('the first call after a good sign-in', () => {
  test.each<[string, Handler, string]>([
    ['500', () => new Response('Internal Server Error', { status: 500 }), 'Internal Server Error'],
    ['403 as JSON', json({ message: 'User is not assigned to a role' }, 403), 'not assigned to a role'],
    ['403 as text', () => new Response('Forbidden by policy 7', { status: 403 }), 'Forbidden by policy 7'],
    [
      '403 as a page',
      page('Denied', 'Your plan &amp; seat do not include this.', 403),
      'Denied Your plan & seat do not include this.',
    ],
    ['502', page('Bad gateway', 'upstream', 502), 'Bad gateway'],
    ['404', json({ detail: 'Not Found' }, 404), '404'],
    [
      'a refusal in 200',
      json({ jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'tenant is suspended' } }, 200),
      'tenant is suspended',
    ],
    ['a page in 200', page('Home', 'Welcome to the app', 200), 'Welcome to the app'],
    ['nothing in 202', () => new Response(null, { status: 202 }), '202'],
  ])('%s is broken, quoted, and nobody gets through', async (_, call, words) => {
    const { examination } = await loggedIn({ claims: CLAIMS, call });
    const { above, text, isFailure: fails, through } = await said(examination);
    expect(above.some(({ severity }) => severity === 'broken')).toBe(true);
    expect(text).toContain(words);
    expect(text).not.toMatch(/hidden|color:red/);
    expect(fails).toBe(true);
    expect(through).toEqual([]);
    const [call1] = Object.values(examination.exchanges).filter(
      ({ request }) =>
        request.body?.text?.includes('"initialize"') &&
        request.headers.some(([name]) => name === 'authorization'),
    );
    expect(above.some(({ evidence }) => evidence.includes(call1?.id ?? ''))).toBe(true);
  });

  test('tools/list is one of them', async () => {
    const call: Handler = async request => {
      if (request.method !== 'POST') return new Response('', { status: 405 });
      const { id, method } = (await request.json()) as { id?: number; method: string };
      if (method === 'tools/list') return new Response('no backend', { status: 503 });
      if (id === undefined) return new Response(null, { status: 202 });
      return Response.json({
        jsonrpc: '2.0',
        id,
        result: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          serverInfo: { name: 'a server', version: '1' },
        },
      });
    };
    const {
      text,
      isFailure: fails,
      through,
    } = await said((await loggedIn({ claims: CLAIMS, call })).examination);
    expect(text).toMatch(/tools\/list.*503|503.*tools\/list/s);
    expect(text).toContain('no backend');
    expect([fails, through.length]).toEqual([true, 0]);
  });

  test.each([
    [
      'initialize',
      { protocolVersion: 7, capabilities: {}, serverInfo: { name: 's', version: '1' } },
      /protocolVersion is a number/,
    ],
    ['initialize', { protocolVersion: '2025-11-25', capabilities: {} }, /serverInfo is missing/],
    ['tools/list', { tools: null }, /tools is null/],
    ['tools/list', { tools: [{ name: 'x', inputSchema: {} }] }, /inputSchema/],
  ])('whose result hosts cannot read (%s) is one of them: %j', async (about, result, words) => {
    const call: Handler = async request => {
      if (request.method !== 'POST') return new Response('', { status: 405 });
      const { id, method } = (await request.json()) as { id?: number; method: string };
      if (id === undefined) return new Response(null, { status: 202 });
      const right = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        serverInfo: { name: 's', version: '1' },
        tools: [],
      };
      return Response.json({ jsonrpc: '2.0', id, result: method === about ? result : right });
    };
    const { text, isFailure: fails } = await said((await loggedIn({ claims: CLAIMS, call })).examination);
    expect(text).toMatch(words);
    expect(fails).toBe(true);
  });

  test.each<[string, (id: number) => Response]>([
    [
      'a list that is larger than what is read here',
      id =>
        Response.json({
          jsonrpc: '2.0',
          id,
          result: {
            tools: Array.from({ length: 9_000 }, (_, n) => ({
              name: `t${n}`,
              description: 'x'.repeat(300),
              inputSchema: { type: 'object' },
            })),
          },
        }),
    ],
    [
      'no tools at all',
      id => Response.json({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } }),
    ],
    [
      'no tools at all, as 404',
      id =>
        Response.json(
          { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } },
          { status: 404 },
        ),
    ],
    [
      'a stream that begins with something else',
      id =>
        new Response(
          `id: 1\ndata: \n\nevent: message\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\nevent: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [] } })}\n\n`,
          { headers: { 'content-type': 'text/event-stream' } },
        ),
    ],
  ])('whose tools/list is answered with %s stops nobody', async (_, list) => {
    const call: Handler = async request => {
      if (request.method !== 'POST') return new Response('', { status: 405 });
      const { id, method } = (await request.json()) as { id?: number; method: string };
      if (id === undefined) return new Response(null, { status: 202 });
      if (method === 'tools/list') return list(id);
      const result = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        serverInfo: { name: 's', version: '1' },
      };
      return Response.json({ jsonrpc: '2.0', id, result });
    };
    const { codes, through } = await said((await loggedIn({ claims: CLAIMS, call })).examination);
    expect(codes).toEqual([]);
    expect(through.length).toBeGreaterThan(5);
  });

  test('that is taken leaves nothing to say, and everybody through', async () => {
    const { examination } = await loggedIn({ claims: CLAIMS });
    const { codes, isFailure: fails, through } = await said(examination);
    expect(codes.filter(code => code.startsWith('MCP'))).toEqual([]);
    expect(fails).toBe(false);
    expect(through.length).toBeGreaterThan(5);
  });
});

describe('a sign-in that is refused', () => {
  const refusedToken = (error: string, description: string, code = 400): LoginStage => ({
    quirks: { token: () => Response.json({ error, error_description: description }, { status: code }) },
  });
  const back = (error: string, description: string): LoginStage => ({
    quirks: {
      callback: parameters => {
        parameters.delete('code');
        parameters.set('error', error);
        parameters.set('error_description', description);
      },
    },
  });
  test.each<[string, LoginStage, RegExp]>([
    [
      'at the token endpoint, in words nobody knows',
      refusedToken('invalid_request', 'requested resource invalid'),
      /requested resource invalid/,
    ],
    [
      'at the token endpoint, by an error of its own',
      refusedToken('flux_capacitor_empty', 'Come back tomorrow', 422),
      /Come back tomorrow/,
    ],
    [
      'at the token endpoint, with a page',
      {
        quirks: {
          token: () =>
            new Response('<h1>Oops</h1>', { status: 400, headers: { 'content-type': 'text/html' } }),
        },
      },
      /Oops/,
    ],
    [
      'at the token endpoint, which fails',
      { quirks: { token: () => new Response('', { status: 500 }) } },
      /500/,
    ],
    [
      'by an identity provider that knows no such API',
      back('access_denied', `Service not found: ${SERVER}`),
      /Service not found/,
    ],
    [
      'in the browser, in words nobody knows',
      back('flux_capacitor_empty', 'Come back tomorrow'),
      /Come back tomorrow/,
    ],
    [
      'by a page that does not know a parameter',
      { authorize: page('Error', 'Unknown parameter: prompt', 400) },
      /Unknown parameter: prompt/,
    ],
    [
      'by an upstream that does not take what is forwarded',
      { authorize: page('Bad Request', 'The upstream rejected the sign-in request', 400) },
      /upstream rejected/,
    ],
    [
      'with JSON where a redirect is due',
      { authorize: json({ redirect: true, url: 'https://as.example/login' }, 200) },
      /redirect/,
    ],
    [
      'with JSON that the user pastes',
      {
        authorize: page('x', 'go on', 200),
        paste: () => '{"redirect":true,"url":"https://as.example/login"}',
      },
      /redirect/,
    ],
  ])('%s is broken and quoted', async (_, wrong, words) => {
    const { examination } = await loggedIn({ claims: CLAIMS, ...wrong });
    const { above, text, isFailure: fails, through, whole } = await said(examination);
    expect(above.filter(({ severity }) => severity === 'broken').length).toBeGreaterThan(0);
    expect(text).toMatch(words);
    expect(fails).toBe(true);
    expect(through).toEqual([]);
    for (const form of FORMS.filter(each => !['har', 'curl'].includes(each)))
      expect(
        reportIn(form, [whole], { several: false, checks: CHECKS, failOn: 'broken', version: '0' }),
      ).toMatch(words);
  });

  test('is not blamed on the user where the provider says what it lacks', async () => {
    const { examination } = await loggedIn(back('access_denied', `Service not found: ${SERVER}`));
    const { text } = await said(examination);
    expect(text).not.toMatch(/allow the access|by the user/);
    expect(examination.flow?.failure?.remedy).not.toContain('allow the access');
    expect(text).toMatch(/API|resource/);
  });

  test('leads to no trace that nobody keeps', async () => {
    const { examination } = await loggedIn(refusedToken('invalid_request', 'no'));
    expect(examination.flow?.failure?.remedy).not.toContain('keybridge trace');
    expect(examination.flow?.failure?.remedy).toContain(`--login --har`);
  });
});

describe('without a sign-in', () => {
  test('the report says what was not looked at, and how to look', async () => {
    const { whole } = await said(await examined());
    expect(whole.unseen).toBe(
      `Nothing after this was looked at: not the sign-in, and no call with a token. To look: keybridge doctor ${SERVER} --login`,
    );
    expect(toText(whole, { colour: false, width: 300 })).toContain(whole.unseen);
    const { whole: signedIn } = await said((await loggedIn()).examination);
    expect(signedIn.unseen).toBeUndefined();
  });
});

describe('a host that does not speak HTTP', () => {
  test('is a finding with the reason, in every form, and the questions that were not asked say so', async () => {
    const speaksSsh: Handler = () => {
      throw new Fault('net.failed', 'mcp.example does not answer in HTTP/1.1.', {
        remedy: 'Check the port and the scheme.',
      });
    };
    const examination = await examined({}, {}, { 'https://mcp.example': speaksSsh });
    const { codes, text, isFailure: fails, whole } = await said(examination);
    expect(codes).toEqual(['NET-17']);
    expect(text).toContain('does not answer in HTTP/1.1');
    expect(text).toContain('Check the port and the scheme');
    expect(fails).toBe(true);
    for (const form of FORMS.filter(each => !['har', 'curl'].includes(each)))
      expect(
        reportIn(form, [whole], { several: false, checks: CHECKS, failOn: 'broken', version: '0' }),
      ).toContain('NET-17');
    const unasked = examination.probes.filter(({ exchanges }) => exchanges.length === 0);
    expect(unasked.length).toBeGreaterThan(0);
    expect(unasked.every(({ notAsked }) => notAsked)).toBe(true);
  });
});

describe('the headline', () => {
  test('is as grave as the worst that follows from it', async () => {
    const { examination } = await loggedIn({ call: challenge('Bearer error="invalid_token"') });
    const { whole } = await said(examination);
    const [first] = whole.findings;
    expect(first?.code).toBe('TOK-12');
    expect(first?.severity).toBe('broken');
    expect(flat(whole.findings).map(({ code }) => code)).toContain('MCP-01');
  });
});

describe('what is ignored', () => {
  test('is not said by a general rule in its place', async () => {
    const examination = await examined({ [`${RESOURCE}/mcp`]: html });
    const whole = await diagnose(examination, { version: '0', ignore: ['PRM-05', 'ASM-22'] });
    expect(flat(whole.findings).map(({ code }) => code)).not.toContain('PRM-27');
  });
});

describe('a trial registration', () => {
  test.each<[string, Handler, RegExp]>([
    ['500 with a text', () => new Response('boom', { status: 500 }), /boom/],
    ['500 with JSON', json({ error: 'server_error', error_description: 'no database' }, 500), /no database/],
    ['502', () => new Response('', { status: 502 }), /502/],
    ['a client without a name', json({ client_name: 'x' }, 201), /201/],
    ['a client whose id is null', json({ client_id: null }, 201), /201/],
    ['a client whose id is empty', json({ client_id: '' }, 201), /201/],
    ['a page', page('Sign in', 'Staff only', 200), /Staff only/],
  ])('that is answered with %s is broken', async (_, handle, words) => {
    const { examination } = await examinedActively({ register: { ...register(), handle } });
    const { above, text, isFailure: fails } = await said(examination);
    expect(above.some(({ severity, code }) => severity === 'broken' && /^(?:REG|ASM-13)/.test(code))).toBe(
      true,
    );
    expect(text).toMatch(words);
    expect(fails).toBe(true);
  });

  test.each<[string, object]>([
    ['client_uri is ""', { client_uri: '' }],
    ['client_secret is null', { client_secret: null }],
    ['contacts is null', { contacts: null }],
    ['redirect_uris is null', { redirect_uris: null }],
  ])('whose answer has %s stops those who check the types', async (words, members) => {
    const made = register(answer => Response.json({ ...answer, ...members }, { status: 201 }));
    const { examination } = await examinedActively({ register: made });
    const { text, whole } = await said(examination);
    const stopped = whole.clients.filter(({ result }) => result === 'stops').map(({ client }) => client);
    expect(stopped).toEqual(['inspector', 'mcp-remote', 'typescript-sdk-1', 'typescript-sdk-2']);
    expect(text).toContain(words);
    expect(isFailure(whole, 'broken')).toBe(true);
  });

  test('whose answer has empty lists, and empty texts where they are known to be let pass, stops nobody', async () => {
    const made = register(answer =>
      Response.json(
        { ...answer, contacts: [], logo_uri: '', tos_uri: '', policy_uri: '', scope: '' },
        { status: 201 },
      ),
    );
    const { whole } = await said((await examinedActively({ register: made })).examination);
    expect(whole.clients.filter(({ result }) => result === 'stops')).toEqual([]);
  });
});
