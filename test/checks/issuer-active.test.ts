import { describe, expect, test } from 'vitest';
import type { Examination, ProbeKind } from '../../src/checks/examination.ts';
import { codes, examined, finding, ISSUER, withProbe } from '../support/examination.ts';

/** The right server, and what its authorization server says to probes of `--active`. */
async function tried(
  ...probes: [kind: ProbeKind, status: number, answer: object | string, asked?: string][]
): Promise<Examination> {
  let examination = await examined();
  for (const [kind, status, answer, asked = ''] of probes) {
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const staged = withProbe(examination, kind, { status, body });
    const probe = staged.probes.at(-1);
    const [id = ''] = probe?.exchanges ?? [];
    const exchange = staged.exchanges[id];
    if (!probe || !exchange) throw new Error('The probe was not staged.');
    const request = { ...exchange.request, body: { size: asked.length, text: asked, cut: false } };
    examination = {
      ...staged,
      probes: [...staged.probes.slice(0, -1), { ...probe, about: ISSUER }],
      exchanges: { ...staged.exchanges, [id]: { ...exchange, request } },
    };
  }
  return examination;
}

describe('ASM-13, a registration endpoint that registers nobody', () => {
  test.each([
    [400, { error: 'registration_not_supported' }],
    [404, 'Not found'],
    [405, ''],
  ])('is found by %i %j', async (status, answer) => {
    expect(codes(await tried(['registration', status, answer]))).toContain('ASM-13');
  });

  test.each([
    [201, { client_id: 'one' }],
    [400, { error: 'invalid_redirect_uri' }],
    [401, { error: 'invalid_token' }],
    [503, ''],
  ])('is not found by %i %j', async (status, answer) => {
    expect(codes(await tried(['registration', status, answer]))).not.toContain('ASM-13');
  });

  test('is not found where one trial of several is taken', async () => {
    const examination = await tried(
      ['registration', 201, { client_id: 'one' }],
      ['registration', 400, { error: 'grant_not_supported' }],
    );
    expect(codes(examination)).not.toContain('ASM-13');
  });
});

describe('ASM-18, methods of authentication that are not as listed', () => {
  const taken = { client_id: 'one', token_endpoint_auth_method: 'none' };
  const token = 'grant_type=authorization_code&client_id=one';

  test('is found where a client is registered with a method that is not listed', async () => {
    const other = { client_id: 'one', token_endpoint_auth_method: 'client_secret_post' };
    const found = finding(await tried(['registration', 201, other]), 'ASM-18');
    expect(found?.title).toBe(`${ISSUER} lists none, and registers a client with client_secret_post.`);
  });

  test('is found where a client without a secret is registered and then refused', async () => {
    const examination = await tried(
      ['registration', 201, taken],
      ['token-without-code', 401, { error: 'invalid_client' }, token],
    );
    expect(finding(examination, 'ASM-18')?.severity).toBe('broken');
  });

  test('is not found where it is only the code that is missed, or the client is unknown', async () => {
    const missed = await tried(
      ['registration', 201, taken],
      ['token-without-code', 400, { error: 'invalid_request' }, token],
    );
    const stranger = await tried([
      'token-without-code',
      401,
      { error: 'invalid_client' },
      token.replace('one', 'other'),
    ]);
    expect(codes(missed)).not.toContain('ASM-18');
    expect(codes(stranger)).not.toContain('ASM-18');
    expect(codes(await tried(['registration', 201, { client_id: 'one' }]))).not.toContain('ASM-18');
  });
});
