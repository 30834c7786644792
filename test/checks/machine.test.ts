import { expect, test } from 'vitest';
import type { MachineLook } from '../../src/checks/examination.ts';
import type { Flow } from '../../src/checks/flow.ts';
import { codes, examined, finding, ISSUER } from '../support/examination.ts';

const on = async (machine: Partial<MachineLook>, flow?: Partial<Flow>) => ({
  ...(await examined()),
  machine: { bridges: [], locks: [], ...machine },
  ...(flow ? { flow: { issuer: ISSUER, ...flow } } : {}),
});
const lock = (isAlive: boolean) => ({ file: 'v/x_lock.json', pid: 7, port: 4000, isAlive });

test('CB-01: a lock of a process that is gone is found, worse where its port is taken', async () => {
  expect(finding(await on({ locks: [lock(false)] }), 'CB-01')?.severity).toBe('fragile');
  const listening = { port: 4000, v4: true, v6: true, holder: 'node (process 9)' };
  const held = finding(await on({ locks: [lock(false)], listening }), 'CB-01');
  expect(held).toMatchObject({ severity: 'broken', detail: expect.stringContaining('process 9') });
  expect(codes(await on({ locks: [lock(true)] }))).not.toContain('CB-01');
});

test('CB-01: a sign-in whose port is held names the holder', async () => {
  const failure = {
    code: 'callback.port-in-use' as const,
    message: 'The callback port 4000 is held by node (process 9).',
    evidence: [],
  };
  expect(finding(await on({}, { failure }), 'CB-01')?.title).toContain('process 9');
});

test('CB-02: two bridges to one server are found, one is not (row 1.12)', async () => {
  expect(finding(await on({ bridges: [{ pid: 7 }, { pid: 8 }] }), 'CB-02')?.title).toContain('7, 8');
  expect(codes(await on({ bridges: [{ pid: 7 }] }))).not.toContain('CB-02');
});

test('CB-03: a bridge at one address of localhost is found where browsers cannot try the other', async () => {
  const at = (v4: boolean, v6: boolean, away?: 'wsl') =>
    on({ locks: [lock(true)], listening: { port: 4000, v4, v6 }, ...(away ? { away } : {}) });
  expect(codes(await at(false, true))).toContain('CB-03');
  expect(codes(await at(true, false, 'wsl'))).toContain('CB-03');
  expect(codes(await at(true, false))).not.toContain('CB-03');
  expect(codes(await at(true, true))).not.toContain('CB-03');
});

test('CB-08: a browser on another machine is thought of only when nobody came back', async () => {
  const request = {
    endpoint: `${ISSUER}/authorize`,
    redirectUri: 'http://127.0.0.1:4000/callback',
    parameters: {},
  };
  const failure = { code: 'sign-in.cancelled' as const, message: 'Nobody came back.', evidence: [] };
  expect(codes(await on({ away: 'ssh' }, { request, failure }))).toContain('CB-08');
  expect(codes(await on({ away: 'ssh' }))).not.toContain('CB-08');
  expect(codes(await on({}, { request, failure }))).not.toContain('CB-08');
  const back = { request, failure, callback: { parameters: ['code'] } };
  expect(codes(await on({ away: 'ssh' }, back))).not.toContain('CB-08');
});

test('REG-14: a client registered beside the one that was given is found', async () => {
  const registered = { file: 'v/x_client_info.json', clientId: 'registered' };
  expect(codes(await on({ bridges: [{ pid: 7, clientId: 'given' }], registered }))).toContain('REG-14');
  expect(codes(await on({ bridges: [{ pid: 7, clientId: 'registered' }], registered }))).not.toContain(
    'REG-14',
  );
  expect(codes(await on({ bridges: [{ pid: 7 }], registered }))).not.toContain('REG-14');
});
