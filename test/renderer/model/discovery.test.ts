import { expect, test } from 'vitest';
import {
  askedOf,
  countsOf,
  createDiscovery,
  discoveryOf,
  groupsOf,
  isOver,
  type Result,
  rootOf,
  shortAddress,
  wayOf,
} from '../../../app/renderer/model/discovery.ts';
import type { ExamineEvent, ExamineRequest, ProbeRow } from '../../../src/api/window.ts';
import { Feed } from '../../../src/base/feed.ts';
import type { ClientWalk } from '../../../src/doctor/walk.ts';
import { finding } from '../../support/diagnosis.ts';

const row = (id: string, more: Partial<ProbeRow> = {}): ProbeRow => ({
  id,
  group: 'endpoint',
  title: id,
  url: 'https://a.example/mcp',
  because: '',
  status: '401',
  isGood: true,
  fields: [],
  exchanges: [],
  findings: [],
  ...more,
});
const result = (examination: string, findings = [finding()]): Result =>
  ({
    kind: 'diagnosis',
    examination,
    diagnosis: { findings },
    probes: [row('last')],
    sides: [],
    mendings: [],
  }) as unknown as Result;

/** An api whose examinations a test tells itself. */
function staged() {
  const asked: { request: ExamineRequest; feed: Feed<ExamineEvent>; isGivenUp: () => boolean }[] = [];
  const examine = (request: ExamineRequest) => {
    let isGivenUp = false;
    const feed = new Feed<ExamineEvent>(() => {
      isGivenUp = true;
    });
    asked.push({ request, feed, isGivenUp: () => isGivenUp });
    return feed;
  };
  const settle = () => new Promise(resolve => setImmediate(resolve));
  return { api: { examine }, asked, settle };
}

test('questions are shown while they are asked, and the last result until there is another', async () => {
  const { api, asked, settle } = staged();
  const { store, run } = createDiscovery();
  run(api, { url: 'https://a.example' });
  asked[0]?.feed.push({ kind: 'probes', probes: [row('one')] });
  await settle();
  expect(store.get()).toMatchObject({ current: { probes: [{ id: 'one' }] } });
  asked[0]?.feed.push(result('first'));
  asked[0]?.feed.end();
  await settle();
  expect(store.get().current).toBeUndefined();
  run(api, { url: 'https://a.example', only: 'prm' });
  expect(store.get()).toMatchObject({ current: { probes: [] }, last: { result: { examination: 'first' } } });
});

test('an examination of a part leaves the whole one to go back to', async () => {
  const { api, asked, settle } = staged();
  const { store, run, showWhole } = createDiscovery();
  for (const [index, more] of [{}, { only: 'prm' as const }].entries()) {
    run(api, { url: 'https://a.example', ...more });
    asked[index]?.feed.push(result(String(index)));
    asked[index]?.feed.end();
    await settle();
  }
  expect(store.get()).toMatchObject({
    last: { result: { examination: '1' } },
    whole: { result: { examination: '0' } },
  });
  showWhole();
  expect(store.get().last?.result?.examination).toBe('0');
});

test('beginning anew and stopping give up what is under way', async () => {
  const { api, asked, settle } = staged();
  const { store, run, stop } = createDiscovery();
  run(api, { url: 'https://a.example' });
  run(api, { url: 'https://a.example' });
  expect(asked[0]?.isGivenUp()).toBe(true);
  asked[0]?.feed.push(result('late'));
  stop();
  await settle();
  expect(asked[1]?.isGivenUp()).toBe(true);
  expect(store.get()).toEqual({});
});

test('what fails is told, and the last result stays', async () => {
  const { api, asked, settle } = staged();
  const { store, run } = createDiscovery();
  run(api, { url: 'x' });
  asked[0]?.feed.end(new Error('No.'));
  await settle();
  expect(store.get().current?.thrown).toEqual(new Error('No.'));
});

test('each screen has the same examinations of a target, and each profile its own', () => {
  const target = { server: 'https://a.example', profile: 'default' };
  expect(discoveryOf(target.server, target)).toBe(discoveryOf(target.server, { ...target }));
  expect(discoveryOf(target.server, { ...target, profile: 'two' })).not.toBe(
    discoveryOf(target.server, target),
  );
});

test('questions stand in branches, each issuer in its own, with what asks it again', () => {
  const rows = [
    row('1'),
    row('2', { group: 'resource' }),
    row('3', { group: 'server', issuer: 'https://one.example' }),
    row('4', { group: 'server', issuer: 'https://two.example' }),
    row('5', { group: 'server', issuer: 'https://one.example' }),
    row('6', { group: 'further' }),
  ];
  expect(
    groupsOf(rows).map(({ issuer, step, rows: inside }) => [issuer, step, inside.map(({ id }) => id)]),
  ).toEqual([
    [undefined, 'chl', ['1']],
    [undefined, 'prm', ['2']],
    ['https://one.example', 'asm', ['3', '5']],
    ['https://two.example', 'asm', ['4']],
    [undefined, undefined, ['6']],
  ]);
});

test('findings are counted with those under them, and a note is no root of anything', () => {
  const note = finding({ severity: 'note' });
  const nested = finding({ consequences: [finding({ severity: 'fragile' })] });
  expect(countsOf([note, nested])).toEqual([
    ['broken', 1],
    ['fragile', 1],
    ['note', 1],
  ]);
  expect(rootOf(result('x', [note]))).toBeUndefined();
  expect(rootOf(result('x', [note, nested]))).toBe(nested);
});

test.each<[string, Partial<ClientWalk>, string[]]>([
  ['gets through', { result: 'through' }, ['passed', 'missed', 'passed', 'passed']],
  ['stops at the metadata', { result: 'stops' }, ['passed', 'missed', 'stops', 'not-reached']],
  [
    'is refused at its registration',
    { result: 'stops', code: 'REG-01' },
    ['passed', 'missed', 'passed', 'stops'],
  ],
  [
    'stops before it begins',
    { result: 'stops', steps: [] },
    ['stops', 'not-reached', 'not-reached', 'not-reached'],
  ],
])('a client that %s is shown where it does', (_, more, way) => {
  const step = (url: string, verdict: string) => ({ url, because: '', verdict });
  const walk = {
    steps: [
      step('https://a.example/mcp', '401: looks on'),
      step('https://a.example/.well-known/oauth-protected-resource', '404: goes on'),
      step('https://a.example/.well-known/oauth-authorization-server', '200: has it'),
    ],
    ...more,
  } as ClientWalk;
  expect(wayOf(walk)).toEqual(way);
});

test('an address of the target’s own is shown without its origin, and no other', () => {
  const target = 'https://a.example/mcp';
  expect(shortAddress('https://a.example/.well-known/x', target)).toBe('/.well-known/x');
  expect(shortAddress('https://a.example.evil/x', target)).toBe('https://a.example.evil/x');
});

test('what has no answer when an examination is over was never asked, and is not counted', async () => {
  const { api, asked, settle } = staged();
  const { store, run } = createDiscovery();
  const probes = [row('one'), row('two', { status: '' }), row('three', { status: 'net.failed' })];
  run(api, { url: 'https://a.example' });
  asked[0]?.feed.push({ kind: 'probes', probes });
  await settle();
  const { current } = store.get();
  expect(current && isOver(current)).toBe(false);
  expect(askedOf(probes)).toBe(2);
  asked[0]?.feed.push({ ...result('x'), probes });
  asked[0]?.feed.end();
  await settle();
  const { last } = store.get();
  expect(last && isOver(last)).toBe(true);
  run(api, { url: 'https://a.example' });
  asked[1]?.feed.end(new Error('The connection was lost.'));
  await settle();
  const failed = store.get().current;
  expect(failed && isOver(failed)).toBe(true);
});
