import { expect, it } from 'vitest';
import { Scheduler, UNITS_OF_A_MILLISECOND, type WorkKind } from '../../src/base/scheduler.ts';
import { LoadMonitor } from '../../src/broker/load.ts';

const SERVER = 'https://slow.example';

function monitored() {
  const clock = { now: 1_000_000 };
  const scheduler = new Scheduler(() => {});
  const notes: string[] = [];
  const monitor = new LoadMonitor({
    world: { now: () => clock.now, scheduler },
    memory: () => 123,
    note: text => notes.push(text),
  });
  const { guard, holdings } = monitor.server(`${SERVER}/mcp`);
  const other = monitor.server('https://other.example/mcp');
  const turn = (duration: number, origin = SERVER, units = duration * UNITS_OF_A_MILLISECOND) =>
    scheduler.onTurn({
      duration,
      work: new Map<string, ReadonlyMap<WorkKind, number>>([
        [origin, new Map([['messages', units] as [WorkKind, number], ['reading', 5] as [WorkKind, number]])],
        ['hosts', new Map([['messages', 100] as [WorkKind, number]])],
      ]),
    });
  return { clock, scheduler, notes, monitor, guard, holdings, other, turn };
}

it('a server that holds up the others is named, with what most of the work was', () => {
  const { monitor, turn, notes } = monitored();
  turn(49);
  expect(monitor.load).toEqual({ memory: 123, servers: [] });
  turn(120);
  expect(notes).toEqual([`${SERVER} held up Keybridge for 120 ms; most of it was its messages.`]);
  expect(monitor.load.servers).toMatchObject([
    { server: SERVER, longest: 120, work: 'messages', turns: 1, isSlowed: false },
  ]);
});

it('work for hosts and for servers that nobody has connected to is nobody’s fault', () => {
  const { monitor, turn, notes } = monitored();
  turn(500, 'hosts');
  turn(500, 'https://unknown.example');
  expect(notes).toEqual([]);
  expect(monitor.load.servers).toEqual([]);
});

it('a long turn that nobody’s counted work explains is nobody’s fault', () => {
  const { monitor, turn } = monitored();
  for (let i = 0; i < 20; i++) turn(400, SERVER, 1_000);
  expect(monitor.load.servers).toEqual([]);
});

it('a server that does so again and again is slowed, then cut off for five minutes, and the others are not', () => {
  const { clock, scheduler, monitor, turn, guard, other, notes } = monitored();
  for (let i = 0; i < 3; i++) turn(60);
  expect(scheduler.isSlowed(SERVER)).toBe(true);
  expect(guard.refusal).toBeUndefined();
  const { signal } = guard;
  for (let i = 0; i < 7; i++) turn(60);
  expect(guard.refusal).toMatchObject({ code: 'server.cut-off' });
  expect(guard.refusal?.message).toContain(SERVER);
  expect(signal.reason).toBe(guard.refusal);
  expect(other.guard.refusal).toBeUndefined();
  expect(other.guard.signal.aborted).toBe(false);
  expect(monitor.load.servers).toMatchObject([
    { turns: 10, isSlowed: true, cutOffUntil: clock.now + 300_000 },
  ]);
  expect(notes.at(-1)).toContain('not asked for 5 min');

  clock.now += 299_999;
  expect(guard.refusal).toBeDefined();
  clock.now += 1;
  expect(guard.refusal).toBeUndefined();
  expect(guard.signal.aborted).toBe(false);
  expect(scheduler.isSlowed(SERVER)).toBe(false);
  expect(monitor.load.servers).toMatchObject([{ isSlowed: false }]);
});

it('one long turn in half a minute is forgiven', () => {
  const { clock, scheduler, guard, turn } = monitored();
  for (let i = 0; i < 40; i++) {
    turn(60);
    clock.now += 30_000;
  }
  expect(scheduler.isSlowed(SERVER)).toBe(false);
  expect(guard.refusal).toBeUndefined();
});

it('what is held of a server in all its streams is bounded', () => {
  const { holdings, other } = monitored();
  holdings.take(60 * 1024 * 1024);
  expect(() => holdings.take(5 * 1024 * 1024)).toThrow(expect.objectContaining({ code: 'net.too-large' }));
  other.holdings.take(60 * 1024 * 1024);
  holdings.give(60 * 1024 * 1024);
  expect(holdings.held).toBe(0);
  holdings.take(5 * 1024 * 1024);
});
