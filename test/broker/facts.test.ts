import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { Facts } from '../../src/broker/facts.ts';
import { memoryFiles } from '../support/fake-world.ts';

const HERE = { server: 'https://mcp.example/mcp', profile: 'default' };
const WORK = { ...HERE, profile: 'work' };
const RESULT = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'x', version: '1' } };

function written(text: string) {
  const files = memoryFiles();
  return files.replace('facts.json', new TextEncoder().encode(text)).then(() => new Facts({ files }));
}

describe('facts', () => {
  test('are there for the next process', async () => {
    const files = memoryFiles();
    const facts = new Facts({ files });
    await facts.rememberCallbackPort(4000);
    await facts.rememberAnswer(HERE, '2025-11-25', RESULT);
    await facts.rememberStaticIssuer(HERE, 'client', 'https://as.example');
    await facts.rememberIssuer(HERE, 'https://as.example');
    const next = new Facts({ files });
    expect(await next.callbackPort()).toBe(4000);
    expect(await next.answer(HERE, '2025-11-25')).toEqual(RESULT);
    expect(await next.staticIssuer(HERE, 'client')).toBe('https://as.example');
    expect(await next.issuers(HERE)).toEqual(['https://as.example']);
  });

  test('are each account’s own where they are what the server said', async () => {
    const facts = new Facts({ files: memoryFiles() });
    await facts.rememberAnswer(HERE, '2025-11-25', RESULT);
    expect(await facts.answer(WORK, '2025-11-25')).toBeUndefined();
    expect(await facts.answer(HERE, '2025-06-18')).toBeUndefined();
  });

  test('of a server whose URL holds a key name it by a hash, and tell one key from another', async () => {
    const files = memoryFiles();
    const facts = new Facts({ files });
    const one = { server: 'https://mcp.example/mcp?api_key=sk-live-0123456789', profile: 'default' };
    const other = { server: 'https://mcp.example/mcp?api_key=sk-live-9876543210', profile: 'default' };
    await facts.rememberAnswer(one, '2025-11-25', RESULT);
    await facts.rememberStaticIssuer(one, 'https://client.example/?id', 'https://as.example');
    await facts.rememberIssuer(one, 'https://as.example');
    const text = new TextDecoder().decode(await files.read('facts.json'));
    expect(text).toContain('https://mcp.example/mcp?#');
    expect(text).not.toContain('api_key');
    expect(text).not.toContain('0123456789');
    const next = new Facts({ files });
    expect(await next.answer(one, '2025-11-25')).toEqual(RESULT);
    expect(await next.staticIssuer(one, 'https://client.example/?id')).toBe('https://as.example');
    expect(await next.issuers(one)).toEqual(['https://as.example']);
    expect(await next.answer(other, '2025-11-25')).toBeUndefined();
    expect(await next.issuers({ ...one, server: 'https://mcp.example/mcp' })).toEqual([]);
    await next.forget(one);
    expect(await next.issuers(one)).toEqual([]);
  });

  test('with a key in the clear, as they were once kept, are gone with the next write', async () => {
    const files = memoryFiles();
    const server = 'https://mcp.example/mcp?api_key=sk-live-0123456789';
    const kept = {
      answers: { [`default ${server}`]: {}, 'a? https://mcp.example/mcp': {} },
      staticIssuers: { [`${server} c`]: 'https://as.example' },
      issuers: { [server]: ['https://as.example'], 'https://mcp.example/mcp': 'not a list' },
    };
    await files.replace('facts.json', new TextEncoder().encode(JSON.stringify(kept)));
    await new Facts({ files }).rememberCallbackPort(4000);
    expect(JSON.parse(new TextDecoder().decode(await files.read('facts.json')))).toEqual({
      callbackPort: 4000,
      answers: { 'a? https://mcp.example/mcp': {} },
      staticIssuers: {},
      confirmed: {},
      issuers: {},
    });
  });

  test.each(['constructor', '__proto__', 'toString'])('know nothing of a version named %s', async version => {
    const facts = new Facts({ files: memoryFiles() });
    await facts.rememberAnswer(HERE, '2025-11-25', RESULT);
    expect(await facts.answer(HERE, version)).toBeUndefined();
  });

  test('do not hold an answer of more than 256 KiB', async () => {
    const facts = new Facts({ files: memoryFiles() });
    await facts.rememberAnswer(HERE, '2025-11-25', { ...RESULT, instructions: 'x'.repeat(256 * 1024) });
    expect(await facts.answer(HERE, '2025-11-25')).toBeUndefined();
  });

  test('of one account are forgotten without those of another, except for what is the server’s', async () => {
    const facts = new Facts({ files: memoryFiles() });
    for (const target of [HERE, WORK]) await facts.rememberAnswer(target, '2025-11-25', RESULT);
    await facts.rememberStaticIssuer(HERE, 'client', 'https://as.example');
    await facts.rememberIssuer(HERE, 'https://as.example');
    await facts.forget(HERE);
    expect(await facts.answer(HERE, '2025-11-25')).toBeUndefined();
    expect(await facts.answer(WORK, '2025-11-25')).toEqual(RESULT);
    expect(await facts.staticIssuer(WORK, 'client')).toBeUndefined();
    expect(await facts.issuers(WORK)).toEqual([]);
  });

  test('of issuers are bounded: the latest eight, each once', async () => {
    const facts = new Facts({ files: memoryFiles() });
    const issuers = Array.from({ length: 10 }, (_, index) => `https://as-${index}.example`);
    for (const issuer of [...issuers, ...issuers.slice(-2)]) await facts.rememberIssuer(HERE, issuer);
    expect(await facts.issuers(HERE)).toEqual(issuers.slice(-8));
  });

  test.each(['', 'null', '[]', '{"answers":3,"callbackPort":"4000","issuers":null}', '{"answers":'])(
    'that are damaged (%s) are none, and new ones take their place',
    async text => {
      const facts = await written(text);
      expect(await facts.callbackPort()).toBeUndefined();
      expect(await facts.answer(HERE, '2025-11-25')).toBeUndefined();
      await facts.rememberCallbackPort(4000);
      expect(await facts.callbackPort()).toBe(4000);
    },
  );

  test('that cannot be written are known for as long as the process lives', async () => {
    const full = () => Promise.reject(new Fault('store.unwritable', 'No space left.'));
    const facts = new Facts({ files: { read: async () => undefined, replace: full } });
    await facts.rememberCallbackPort(4000);
    expect(await facts.callbackPort()).toBe(4000);
  });

  test('told at the same time are all written', async () => {
    const files = memoryFiles();
    const facts = new Facts({ files });
    await Promise.all([
      facts.rememberCallbackPort(4000),
      facts.rememberIssuer(HERE, 'https://a.example'),
      facts.rememberStaticIssuer(HERE, 'client', 'https://b.example'),
    ]);
    const next = new Facts({ files });
    expect(await next.callbackPort()).toBe(4000);
    expect(await next.issuers(HERE)).toEqual(['https://a.example']);
    expect(await next.staticIssuer(HERE, 'client')).toBe('https://b.example');
  });
});
