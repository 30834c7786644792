import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { Examination, NameLookup, TlsLook } from '../../src/checks/examination.ts';
import { codes, examined, finding } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

const dead = (fault: Fault) => {
  const handler: Handler = () => {
    throw fault;
  };
  return examined({}, {}, { 'https://mcp.example': handler });
};
const named = async (name: Partial<NameLookup>): Promise<Examination> => ({
  ...(await examined()),
  names: [{ host: 'mcp.example', v4: ['20.0.0.1'], v6: [], ...name }],
});
const shown = async (look: Partial<TlsLook>, more: Partial<Examination> = {}): Promise<Examination> => ({
  ...(await examined()),
  tls: [
    {
      host: 'mcp.example',
      port: 443,
      chain: [{ subject: 'mcp.example', issuer: 'Some CA', validTo: 'Jan 1 2027' }],
      ...look,
    },
  ],
  ...more,
});
const untrusted = (problem: string, remedy = 'Mend it.') =>
  new Fault('net.tls', `It is ${problem}.`, { remedy, data: { host: 'mcp.example', problem, code: 'X' } });

describe('NET-01, a name', () => {
  test('that does not resolve is found, of the server and of what it names', async () => {
    const examination = await dead(new Fault('net.dns', 'It cannot be resolved.'));
    expect(finding(examination, 'NET-01')?.title).toContain('The name of the server, mcp.example');
    expect(codes(examination)).not.toContain('NET-15');
    const other = await examined(
      {},
      {},
      { 'https://as.example': () => Promise.reject(new Fault('net.dns', 'No.')) },
    );
    expect(finding(other, 'NET-01')?.title).toContain('as.example');
  });

  test('with IPv6 only is fragile, with IPv4 only it is nothing', async () => {
    const six = await named({ v4: [], v6: ['2001:4860::1'] });
    expect(finding(six, 'NET-01')?.severity).toBe('fragile');
    expect(codes(await named({}))).not.toContain('NET-01');
  });

  test('that only a proxy resolves is nothing', async () => {
    const failure = new Fault('net.dns', 'Not here.').toJSON();
    expect(codes(await named({ v4: [], failure }))).not.toContain('NET-01');
  });
});

describe('NET-02, a certificate', () => {
  test('without its intermediate is told with what is presented and what is missing', async () => {
    const failure = untrusted('missing-intermediate').toJSON();
    const look = { bundled: 'X', system: 'X', failure, issuerAt: 'http://ca.example/ca.crt' };
    const found = finding(await shown(look), 'NET-02');
    expect(found?.severity).toBe('broken');
    expect(found?.detail).toContain('"mcp.example" issued by "Some CA"');
    expect(found?.detail).toContain('What is missing is the certificate of "Some CA"');
    expect(found?.detail).toContain('http://ca.example/ca.crt');
  });

  test('of the ingress controller itself leads to the secret that its namespace lacks (row 1.16)', async () => {
    const subject = 'Kubernetes Ingress Controller Fake Certificate';
    const chain = [{ subject, issuer: subject, validTo: '' }];
    const failure = untrusted('self-signed').toJSON();
    const found = finding(await shown({ chain, bundled: 'X', system: 'X', failure }), 'NET-02');
    expect(found?.remedy).toMatch(/secret that spec\.tls names lies in the same namespace/);
    const other = await shown({ bundled: 'X', system: 'X', failure });
    expect(finding(other, 'NET-02')?.remedy).toMatch(/^Mend it\. Behind a Kubernetes ingress: .*namespace/);
  });

  test('that this machine alone trusts is fragile, and a note inside', async () => {
    const look = { bundled: 'SELF_SIGNED_CERT_IN_CHAIN', failure: untrusted('unknown-issuer').toJSON() };
    expect(finding(await shown(look), 'NET-02')?.severity).toBe('fragile');
    const inside = { names: [{ host: 'mcp.example', v4: ['10.0.0.7'], v6: [] }] };
    expect(finding(await shown(look, inside), 'NET-02')?.severity).toBe('note');
  });

  test('that is right is nothing, nor is a host that is not there', async () => {
    expect(codes(await shown({}))).not.toContain('NET-02');
    const gone = { bundled: 'ECONNREFUSED', failure: new Fault('net.refused', 'No.').toJSON() };
    expect(codes(await shown(gone))).not.toContain('NET-02');
  });

  test('is found in the requests where nobody could look', async () => {
    const examination = await dead(untrusted('expired'));
    expect(finding(examination, 'NET-02')?.evidence).toHaveLength(1);
    expect(codes(examination)).not.toContain('NET-15');
  });
});

test('NET-03: a handshake that is broken off is found, and is no matter of certificates', async () => {
  const examination = await dead(untrusted('reset'));
  expect(finding(examination, 'NET-03')?.severity).toBe('broken');
  expect(codes(examination)).not.toContain('NET-02');
  const once = await shown({ bundled: 'ECONNRESET', failure: untrusted('reset').toJSON() });
  expect(finding(once, 'NET-03')).toMatchObject({
    severity: 'fragile',
    title: expect.stringContaining('now and then'),
  });
  expect(codes(await shown({}))).not.toContain('NET-03');
});

describe('NET-04, a proxy', () => {
  const proxy = { variable: 'HTTPS_PROXY', origin: 'http://proxy.example:3128' };
  const late = new Fault('net.timeout', 'It did not accept a connection.');

  test('that cannot be used is found, and the server is not blamed', async () => {
    const data = { host: 'proxy.example', proxy: proxy.origin, variable: proxy.variable };
    const fault = new Fault('net.refused', 'The proxy cannot be used.', { remedy: 'Correct it.', data });
    const examination = { ...(await dead(fault)), proxy: { configured: [proxy], used: proxy } };
    expect(finding(examination, 'NET-04')).toMatchObject({
      title: 'The proxy cannot be used.',
      remedy: 'Correct it.',
    });
    expect(codes(examination)).not.toContain('NET-15');
  });

  test('that is set and left out for a host that does not answer is found', async () => {
    const examination = { ...(await dead(late)), proxy: { configured: [proxy] } };
    expect(finding(examination, 'NET-04')?.remedy).toContain('NO_PROXY');
  });

  test('that is not set, or is used and works, is nothing', async () => {
    const examination = { ...(await dead(late)), proxy: { configured: [] } };
    expect(codes(examination)).not.toContain('NET-04');
    expect(codes(examination)).toContain('NET-15');
    const working = { ...(await examined()), proxy: { configured: [proxy], used: proxy } };
    expect(codes(working)).not.toContain('NET-04');
  });
});

test.each([
  ['net.refused', 'refuses connections on port 443'],
  ['net.timeout', 'Nothing answers at mcp.example on port 443'],
] as const)(
  'NET-15: where %s is all that comes, the pods are where to look (row 1.5)',
  async (code, words) => {
    const found = finding(await dead(new Fault(code, 'No.')), 'NET-15');
    expect(found?.title).toContain(words);
    expect(found?.remedy).toContain('kubectl get pods -n mcp');
  },
);
