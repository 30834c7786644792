import { expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { parseArguments } from '../../src/node/arguments.ts';

const URL_ = 'https://mcp.example/mcp';
const surroundings = { env: {}, platform: 'linux', readFile: () => '' };
const client = (...argv: string[]) => parseArguments([URL_, ...argv], surroundings).settings.client;

function refused(...argv: string[]): Fault {
  try {
    client(...argv);
  } catch (error) {
    return Fault.of(error);
  }
  throw new Error('It was taken.');
}

test('--disable-resource-parameter means what --resource "" means, and cannot stand beside another', () => {
  expect(client('--disable-resource-parameter').resource).toBe('');
  expect(client('--disable-resource-parameter', '--resource', '').resource).toBe('');
  expect(refused('--disable-resource-parameter', '--resource', 'https://a.example')).toMatchObject({
    code: 'usage.flag',
    message: '--resource and --disable-resource-parameter contradict each other.',
  });
  expect(refused('--disable-resource-parameter=yes').code).toBe('usage.flag');
});

test('--auth-timeout is in seconds', () => {
  expect(client('--auth-timeout', '60').authTimeout).toBe(60_000);
  expect(client('--auth-timeout=1.5').authTimeout).toBe(1_500);
  expect(client()).not.toHaveProperty('authTimeout');
});

test.each(['0', '-1', '1e9', '', 'long', '60s'])('--auth-timeout does not take "%s"', text => {
  expect(refused('--auth-timeout', text)).toMatchObject({
    code: 'usage.flag',
    message: '--auth-timeout wants a number of seconds.',
  });
});

test.each([
  ['https://app.example/connected', 'https://app.example/connected'],
  ['https://app.example', 'https://app.example/'],
  ['http://localhost:8080/done', 'http://localhost:8080/done'],
  ['http://[::1]/done', 'http://[::1]/done'],
])('--auth-success-url takes %s', (text, href) => {
  expect(client('--auth-success-url', text).authSuccessUrl).toBe(href);
});

test.each([
  'http://app.example/done',
  'https://user:password@app.example/',
  'https://app.example/?next=1',
  'https://app.example/?',
  'https://app.example/#top',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'app.example',
  '',
])('--auth-success-url does not take "%s"', text => {
  const fault = refused('--auth-success-url', text);
  expect(fault.code).toBe('usage.flag');
  expect(fault.message).toMatch(/^--auth-success-url wants an https URL/);
  expect(fault.sentence).not.toContain('password');
});

test('--auth-success-url may be plain http beyond this machine where that is allowed', () => {
  expect(client('--auth-success-url', 'http://app.example/done', '--allow-http').authSuccessUrl).toBe(
    'http://app.example/done',
  );
});

const SECRET = ['--static-oauth-client-info', '{"client_id":"service","client_secret":"of the client"}'];

test('--client-credentials goes with a client and its secret, and needs no callback', () => {
  const options = client('--client-credentials', ...SECRET);
  expect(options).toMatchObject({ grant: 'client-credentials', staticClient: { clientId: 'service' } });
  expect(options).not.toHaveProperty('callback');
  const none = '{"client_id":"a","client_secret":"b","token_endpoint_auth_method":"none"}';
  for (const info of [undefined, '{"client_id":"service"}', none]) {
    const given = info === undefined ? [] : ['--static-oauth-client-info', info];
    expect(refused('--client-credentials', ...given)).toMatchObject({
      code: 'usage.flag',
      message: '--client-credentials wants a client with a secret.',
      remedy: expect.stringContaining('--static-oauth-client-info'),
    });
  }
});

test('--token-endpoint goes with --client-credentials only', () => {
  const endpoint = ['--token-endpoint', 'https://as.example/token?tenant=1'];
  expect(client('--client-credentials', ...SECRET, ...endpoint).tokenEndpoint).toBe(endpoint[1]);
  expect(refused(...endpoint).message).toBe('--token-endpoint goes with --client-credentials only.');
});

test.each([
  'http://as.example/token',
  'https://user:password@as.example/',
  'https://as.example/#a',
  'token',
  '',
])('--token-endpoint does not take "%s"', text => {
  const fault = refused('--client-credentials', ...SECRET, '--token-endpoint', text);
  expect(fault.message).toMatch(/^--token-endpoint wants an https URL/);
  expect(fault.sentence).not.toContain('password');
});

test('--token-endpoint may be plain http on this machine, or where that is allowed', () => {
  const read = (...argv: string[]) => client('--client-credentials', ...SECRET, '--token-endpoint', ...argv);
  expect(read('http://127.0.0.1:9/token').tokenEndpoint).toBe('http://127.0.0.1:9/token');
  expect(read('http://as.example/token', '--allow-http').tokenEndpoint).toBe('http://as.example/token');
});

test('--use-id-token stands alone', () => {
  expect(client('--use-id-token').useIdToken).toBe(true);
  expect(client()).not.toHaveProperty('useIdToken');
});

test('--device-code needs no callback, and is another way than --client-credentials', () => {
  expect(client('--device-code').grant).toBe('device-code');
  expect(client('--device-code', ...SECRET)).not.toHaveProperty('callback');
  expect(refused('--device-code', '--client-credentials', ...SECRET).message).toBe(
    '--device-code and --client-credentials contradict each other.',
  );
});
