import { describe, expect, test } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { walks } from '../../src/doctor/walk.ts';
import { OAUTH, RESOURCE } from '../support/discovery.ts';
import { codes, examined, ISSUER, RIGHT, RIGHT_ISSUER, withProbe } from '../support/examination.ts';

const PATH = `${RESOURCE}/mcp`;
const METADATA = RIGHT_ISSUER[OAUTH];

/** The right answers with so much before what matters, where each document is what is meant. */
async function padded(size: number): Promise<Record<string, Examination>> {
  const padding = { padding: 'x'.repeat(size) };
  return {
    resource: await examined({ [PATH]: { ...padding, ...RIGHT[PATH] } }),
    server: await examined({}, { [OAUTH]: { ...padding, ...METADATA } }),
    keys: await examined(
      {},
      {
        [OAUTH]: { ...METADATA, jwks_uri: `${ISSUER}/keys` },
        '/keys': { ...padding, keys: [{ kty: 'RSA' }] },
      },
    ),
  };
}

test('a document of 100 kB is read whole, and judged like any other', async () => {
  for (const [what, examination] of Object.entries(await padded(100_000))) {
    expect([what, codes(examination)]).toEqual([what, []]);
    const bodies = Object.values(examination.exchanges).map(({ outcome, purpose }) =>
      outcome.kind === 'answered' && purpose === 'probe' ? outcome.body : undefined,
    );
    expect(bodies.some(body => body && body.size > 100_000)).toBe(true);
    expect(bodies.some(body => body?.cut)).toBe(false);
    expect(walks(examination).some(({ result }) => result === 'through')).toBe(true);
  }
});

test('what is wrong behind its first 100 kB is found', async () => {
  const wrong = { padding: 'x'.repeat(100_000), ...RIGHT[PATH], resource: 'https://other.example/mcp' };
  expect(codes(await examined({ [PATH]: wrong }))).toContain('PRM-10');
});

describe('of a body that was cut where it was recorded', () => {
  test('no rule says that it is no JSON, or that nothing is there', async () => {
    for (const [what, examination] of Object.entries(await padded(300_000))) {
      const cut = Object.values(examination.exchanges).filter(
        ({ outcome }) => outcome.kind === 'answered' && outcome.body?.cut,
      );
      expect([what, cut.length > 0, codes(examination)]).toEqual([what, true, []]);
    }
  });

  test('no client is said to stop at it', async () => {
    const { resource, server } = await padded(300_000);
    for (const examination of [resource, server]) {
      const results = walks(examination as Examination).map(({ result }) => result);
      expect(new Set(results)).not.toContain('stops');
      expect(results).toContain('unknown');
    }
  });

  test.each([
    ['token-without-code', 'TOK-08'],
    ['registration', 'REG-08'],
  ] as const)('the refusal of a %s is not judged either', async (kind, code) => {
    const refusal = (cut: boolean) => async (body: string) => {
      const examination = withProbe(await examined(), kind, { status: 400, body });
      const [id, exchange] = Object.entries(examination.exchanges).at(-1) ?? [];
      if (id === undefined || exchange?.outcome.kind !== 'answered') throw new Error('unreachable');
      const request = { ...exchange.request, body: { size: 2, text: '{}', cut: false } };
      const outcome = { ...exchange.outcome, body: { size: 300_000, text: body, cut } };
      return codes({
        ...examination,
        exchanges: { ...examination.exchanges, [id]: { ...exchange, request, outcome } },
      });
    };
    const text = '{"error":"invalid_request","error_description":"xxx';
    expect(await refusal(false)(text)).toContain(code);
    expect(await refusal(true)(text)).not.toContain(code);
  });
});
