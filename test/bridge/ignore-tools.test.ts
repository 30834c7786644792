import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message, Parcel, ServerChannel } from '../../src/bridge/channel.ts';
import { hideTools, matches } from '../../src/bridge/ignore-tools.ts';
import { Mailbox } from '../../src/bridge/mailbox.ts';
import { scan } from '../../src/bridge/scan.ts';
import { Host } from '../support/mcp-host.ts';

/** A channel that keeps what is sent, and says what the test says. */
class Loop implements ServerChannel {
  readonly sent: string[] = [];
  readonly messages = new Mailbox<Parcel>();
  async send({ bytes }: Message): Promise<void> {
    this.sent.push(new TextDecoder().decode(bytes));
  }
  say(text: string): void {
    const built = scan(new TextEncoder().encode(text));
    if (built) void this.messages.push(built);
  }
  async close(): Promise<void> {
    this.messages.end();
  }
}

function setUp(...patterns: string[]) {
  const loop = new Loop();
  return { loop, host: new Host(hideTools(loop, patterns)) };
}

test('hidden tools are cut out of the list and every other byte stays', async () => {
  const { loop, host } = setUp('delete*', 'Exact');
  await host.send({ id: 1, method: 'tools/list' });
  loop.say(
    '{ "id":1,"result":{"tools":[ {"name":"deleteAll","x":[1]} , {"name":"a",  "n":1.0},{"x":{"name":"b"},"name":"EXACT"}, {"name":"\\u0064elete"} ,{"name":"c"} ],"nextCursor":"delete"},"jsonrpc":"2.0"}',
  );
  await host.hears(one => one.id === 1);
  expect(new TextDecoder().decode(host.raw[0]?.bytes)).toBe(
    '{ "id":1,"result":{"tools":[ {"name":"a",  "n":1.0} ,{"name":"c"} ],"nextCursor":"delete"},"jsonrpc":"2.0"}',
  );
});

test('whatever is hidden, what is left is the list without it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.jsonValue())), async list => {
      const { loop, host } = setUp('hidden-*');
      await host.send({ id: 1, method: 'tools/list' });
      const tools = list.map(([hide, schema], at) => ({ schema, name: `${hide ? 'hidden' : 'seen'}-${at}` }));
      loop.say(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools } }, null, 1).replaceAll('\n', ' '));
      const answer = await host.hears(one => one.id === 1);
      const seen = JSON.parse(JSON.stringify(tools)).filter(({ name }: { name: string }) =>
        name.startsWith('seen'),
      );
      expect(answer.result?.tools).toEqual(seen);
      await loop.close();
    }),
  );
});

test('only answers to tools/list are looked into', async () => {
  const { loop, host } = setUp('*');
  const text = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"}]}}';
  await host.send({ id: 1, method: 'tools/call', params: {} });
  loop.say(text);
  await host.hears(one => one.id === 1);
  expect(new TextDecoder().decode(host.raw[0]?.bytes)).toBe(text);
});

test('a call of a hidden tool is refused without asking the server, in a batch too', async () => {
  const { loop, host } = setUp('DELETE_*');
  const answer = await host.ask('tools/call', { arguments: { name: 'fine' }, name: 'delete_all' }, 'x');
  expect(answer.error).toEqual({
    code: -32602,
    message: 'The tool "delete_all" is hidden by the settings of this connection.',
  });
  expect(loop.sent).toEqual([]);
  const call = (id: string, name: string) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } });
  await host.send([call('a', 'delete_one'), call('b', 'fine')]);
  await host.hears(one => one.id === 'a');
  expect(loop.sent).toEqual([JSON.stringify(call('b', 'fine'))]);
});

test('a pattern matches as a glob of stars does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '*', '.') });
  fc.assert(
    fc.property(letters, letters, (pattern, name) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
      expect(matches(pattern, name)).toBe(new RegExp(`^${source}$`, 'i').test(name));
    }),
    { numRuns: 2000 },
  );
});
