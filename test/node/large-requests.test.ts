import { afterEach, expect, test, vi } from 'vitest';
import { Budget } from '../../src/node/budget.ts';
import { LargeRequests, type Verdict } from '../../src/node/large-requests.ts';

afterEach(() => vi.useRealTimers());

const never = new AbortController().signal;
const turn = () => new Promise(resolve => setImmediate(resolve));
const REQUEST = Buffer.from('{"id":1,"method":"m"}');

function host(budget: Budget) {
  const said: Verdict[] = [];
  return { said, large: new LargeRequests(budget, verdict => said.push(verdict)) };
}

/** Sends what was taken. */
function send(large: LargeRequests, number: number, bytes: Uint8Array) {
  large.begin(number);
  const half = large.push(bytes.subarray(0, 5));
  expect(half).toEqual({ taken: 5 });
  return large.push(Buffer.concat([bytes.subarray(5), Buffer.from('behind it')]));
}

test('who wants more than is left waits in order, and who gives up is passed over', async () => {
  const budget = new Budget(100);
  const free = await budget.take(80, never);
  const order: string[] = [];
  const gone = new AbortController();
  const given = budget.take(90, gone.signal).catch(reason => order.push(reason));
  void budget.take(30, never).then(() => order.push('second'));
  void budget.take(70, never).then(() => order.push('third'));
  await turn();
  expect(order).toEqual([]);
  gone.abort('gave up');
  await given;
  free();
  free();
  await turn();
  expect(order).toEqual(['gave up', 'second', 'third']);
});

test('a large request is taken when there is room, and its room is free again once it is answered', async () => {
  const budget = new Budget(30);
  const [one, other] = [host(budget), host(budget)];
  void one.large.offered(1, REQUEST.length);
  void other.large.offered(1, REQUEST.length);
  await turn();
  expect([one.said, other.said]).toEqual([[{ take: 1 }], []]);
  const { taken, message } = send(one.large, 1, REQUEST);
  expect(taken).toBe(REQUEST.length - 5);
  expect(message).toMatchObject({ kind: 'request', id: '1', method: 'm' });
  expect(Buffer.from(message?.bytes ?? [])).toEqual(REQUEST);
  one.large.answered('1');
  await turn();
  expect(message?.bytes.length).toBe(0);
  expect(other.said).toEqual([{ take: 1 }]);
});

test('a request comes whole, whatever chunks it comes in', async () => {
  const { large } = host(new Budget(10_000_000));
  const bytes = Buffer.from(
    `{"id":"${'i'.repeat(30_000)}","method":"m","params":"${'x'.repeat(1_000_000)}"}`,
  );
  void large.offered(1, bytes.length);
  await turn();
  large.begin(1);
  // Chunks as a socket has them: each in memory of its own.
  for (let at = 0; at < bytes.length; at += 65_536) {
    const { message } = large.push(Uint8Array.prototype.slice.call(bytes, at, at + 65_536));
    if (at + 65_536 >= bytes.length) expect(message && bytes.equals(message.bytes)).toBe(true);
  }
});

test('room is free again when the host goes, takes its offer back, or sent no message', async () => {
  const budget = new Budget(30);
  for (const end of ['close', 'withdraw', 'nonsense'] as const) {
    const { said, large } = host(budget);
    void large.offered(1, 30);
    await turn();
    expect(said).toEqual([{ take: 1 }]);
    if (end === 'close') large.close();
    else if (end === 'withdraw') large.withdrawn(1);
    else expect(send(large, 1, Buffer.alloc(30, 'x')).message).toBeUndefined();
  }
});

test('room is free again when an offer is taken back in the moment its turn comes', async () => {
  const budget = new Budget(30);
  const { large } = host(budget);
  void large.offered(1, 20);
  void large.offered(2, 20);
  await turn();
  large.withdrawn();
  const next = host(budget);
  void next.large.offered(1, 30);
  await turn();
  expect(next.said).toEqual([{ take: 1 }]);
});

test('who waits too long for room is refused', async () => {
  vi.useFakeTimers();
  const budget = new Budget(10);
  await budget.take(10, never);
  const { said, large } = host(budget);
  const offered = large.offered(3, 5);
  await vi.advanceTimersByTimeAsync(45_000);
  await offered;
  expect(said).toMatchObject([{ refused: 3, fault: { code: 'net.too-large' } }]);
});

test('what no bridge says is not believed', async () => {
  const { large } = host(new Budget(100));
  for (const bytes of [0, -1, 1.5, Number.NaN, 257 * 1024 * 1024])
    await expect(large.offered(1, bytes)).rejects.toThrow();
  expect(() => large.begin(1)).toThrow();
});
