import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idKey } from '../../src/bridge/scan.ts';
import { calm, type FakeHost, household, until } from '../support/household.ts';

/** Spellings of ids: what a double does not hold, what JSON may write in several ways. */
const ids = fc.oneof(
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
  fc.constantFrom('9007199254740993', '18446744073709551615', '1e3', '1.0', '-0', '1E+2', '1e400', '0.10'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string({ unit: 'binary', maxLength: 20 }).map(text => JSON.stringify(text)),
  fc.string({ unit: 'binary', maxLength: 8 }).map(text => {
    const escaped = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16));
    return `"${escaped.map(code => `\\u${code.padStart(4, '0')}`).join('')}"`;
  }),
);

const PARAMS = '"params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"h"}}';
const request = (id: string, method: string) =>
  `{"jsonrpc":"2.0","id":${id},"method":"${method}"${method === 'initialize' ? `,${PARAMS}` : ''}}`;

/** The bytes of the id in an answer of ours, which stands in one place. */
const idIn = (text: string) => /^\{"jsonrpc":"2\.0","id":(.*?),"(?:result|error)":/s.exec(text)?.[1];

async function answersTo(host: FakeHost, id: string, method: string): Promise<string | undefined> {
  const before = host.heard.length;
  host.say(request(id, method));
  await until('it is answered', () => host.heard.slice(before).some(text => idIn(text) !== undefined));
  return host.heard
    .slice(before)
    .map(idIn)
    .find(found => found !== undefined);
}

describe('an id comes back as it was written', () => {
  test('in every answer of ours while a sign-in is pending, and after it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(ids, { minLength: 5, maxLength: 5, selector: idKey }), async found => {
        // The server in memory reads numbers as doubles, and answers `initialize` under the one it has read.
        const isDouble = (id: string) => idKey(JSON.stringify(JSON.parse(id))) === idKey(id);
        const [first = '0', second = '', third = '', fourth = '', fifth = ''] = [
          ...found.filter(isDouble),
          ...found.filter(id => !isDouble(id)),
        ];
        fc.pre(isDouble(first));
        const promised = found.map(id => [id, household().host()] as const);
        for (const [id, host] of promised) expect(await answersTo(host, id, 'initialize')).toBe(id);
        const house = household();
        const host = house.host();
        expect(await answersTo(host, first, 'initialize')).toBe(first);
        host.say('{"jsonrpc":"2.0","method":"notifications/initialized"}');
        expect(await answersTo(host, second, 'ping')).toBe(second);
        // What has waited too long is refused.
        host.say(request(third, 'tools/list'));
        await house.opens(1);
        await calm();
        await house.world.clock.advance(46_000);
        expect(host.heard.map(idIn)).toContain(third);
        await house.consent();
        await until('it is signed in', () => house.mcp.methods().includes('notifications/initialized'));
        expect(await answersTo(host, fourth, 'prompts/list')).toBe(fourth);
        // One that is still open.
        house.mcp.instead = ({ method }) =>
          method === 'tools/call' ? new Promise<Response>(() => {}) : undefined;
        host.say(request(fifth, 'tools/call'));
        expect(await answersTo(host, fifth, 'tools/call')).toBe(fifth);
        await host.leave();
      }),
      { numRuns: 12 },
    );
  });

  test('and a server that spells the id of `initialize` otherwise is understood', async () => {
    for (const [asked, spelled] of [
      ['1.0', '1'],
      ['"\\u0061"', '"a"'],
      ['1e3', '1000'],
    ] as const) {
      const house = household();
      house.mcp.open = true;
      house.mcp.instead = ({ method }) =>
        method === 'initialize'
          ? new Response(
              `{"jsonrpc":"2.0","id":${spelled},"result":{"capabilities":{},"protocolVersion":"2025-11-25"}}`,
              { headers: { 'content-type': 'application/json' } },
            )
          : undefined;
      const host = house.host();
      host.say(request(asked, 'initialize'));
      host.say('{"jsonrpc":"2.0","method":"notifications/initialized"}');
      expect((await host.ask('tools/list')).result).toBeDefined();
    }
  });
});
