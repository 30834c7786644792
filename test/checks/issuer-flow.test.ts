import { describe, expect, test } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import type { Flow } from '../../src/checks/flow.ts';
import { OAUTH } from '../support/discovery.ts';
import { codes, examined, finding, ISSUER, withProbe } from '../support/examination.ts';
import { full } from '../support/issuers.ts';

/** A right server, and what came of a sign-in. */
async function signedIn(flow: Partial<Flow>, more: object = {}): Promise<Examination> {
  const examination = await examined({}, { [OAUTH]: full(ISSUER, more) });
  return { ...examination, flow: { issuer: ISSUER, ...flow } };
}

describe('ASM-14, client ID metadata documents that nobody fetches', () => {
  const offer = { client_id_metadata_document_supported: true };
  const client = (source: 'metadata-document' | 'dynamic') =>
    ({ clientId: 'https://app.example/client', source, method: 'none', hasOddSecret: false }) as const;
  const page = (examination: Examination, status: number, body: string) =>
    withProbe(examination, 'authorize-preview', { status, body, headers: { 'content-type': 'text/html' } });

  test.each([
    [400, '<h1>Invalid redirect URI</h1>'],
    [401, JSON.stringify({ error: 'invalid_client' })],
    [400, 'Unknown client'],
  ])('are found by %i %s', async (status, body) => {
    const examination = page(await signedIn({ client: client('metadata-document') }, offer), status, body);
    expect(finding(examination, 'ASM-14')?.evidence).toHaveLength(1);
  });

  test('are found by what the browser comes back with', async () => {
    const callback = { parameters: ['error', 'state'], error: 'invalid_client' };
    const examination = await signedIn({ client: client('metadata-document'), callback }, offer);
    expect(codes(examination)).toContain('ASM-14');
  });

  test('are not found where the client was registered, the refusal is another, or all went well', async () => {
    const dynamic = page(await signedIn({ client: client('dynamic') }, offer), 400, 'Unknown client');
    const other = page(
      await signedIn({ client: client('metadata-document') }, offer),
      400,
      JSON.stringify({ error: 'invalid_scope' }),
    );
    const well = page(await signedIn({ client: client('metadata-document') }, offer), 200, 'Sign in');
    for (const each of [dynamic, other, well]) expect(codes(each)).not.toContain('ASM-14');
  });
});

describe('ASM-21, iss that is promised', () => {
  const promise = { authorization_response_iss_parameter_supported: true };

  test('is missed, and what a wrong one says is not shown', async () => {
    const absent = await signedIn({ callback: { parameters: ['code', 'state'] } }, promise);
    expect(finding(absent, 'ASM-21')?.title).toContain('without it');
    const iss = 'https://evil.example';
    const other = await signedIn({ callback: { parameters: ['code', 'state', 'iss'], iss } }, promise);
    expect(finding(other, 'ASM-21')?.title).toContain('another issuer');
    expect(JSON.stringify(finding(other, 'ASM-21'))).not.toContain(iss);
  });

  test('is not missed where it came, was not promised, or nobody came back', async () => {
    const right = { parameters: ['code', 'state', 'iss'], iss: ISSUER };
    expect(codes(await signedIn({ callback: right }, promise))).not.toContain('ASM-21');
    expect(codes(await signedIn({ callback: { parameters: ['code'] } }))).not.toContain('ASM-21');
    expect(codes(await signedIn({}, promise))).not.toContain('ASM-21');
  });
});
