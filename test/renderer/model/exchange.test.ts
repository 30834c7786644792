import { expect, test } from 'vitest';
import { phasesOf, shownBody } from '../../../app/renderer/model/exchange.ts';
import type { Exchange } from '../../../src/trace/event.ts';

const exchange = (more: Partial<Exchange>): Exchange => ({
  id: 'x1',
  purpose: 'probe',
  startedAt: 0,
  request: { method: 'GET', url: 'https://a.example/', headers: [] },
  outcome: { kind: 'answered', status: 200, headers: [] },
  timing: {},
  ...more,
});

test('an exchange’s time is told phase by phase, one after the other', () => {
  const connection = { reused: false, dns: 5, connect: 10, tlsHandshake: 20 };
  expect(phasesOf(exchange({ connection, timing: { head: 60, end: 90 } }))).toEqual([
    { name: 'dns', from: 0, length: 5 },
    { name: 'connect', from: 5, length: 10 },
    { name: 'tls', from: 15, length: 20 },
    { name: 'waiting', from: 35, length: 25 },
    { name: 'body', from: 60, length: 30 },
  ]);
});

test('a connection that was open already took no time of this exchange', () => {
  const connection = { reused: true, dns: 5, connect: 10 };
  const phases = phasesOf(exchange({ connection, timing: { head: 7, end: 7 } }));
  expect(phases).toEqual([{ name: 'waiting', from: 0, length: 7 }]);
});

test('what never had an answer waited to its end', () => {
  expect(phasesOf(exchange({ timing: { end: 40 } }))).toEqual([{ name: 'waiting', from: 0, length: 40 }]);
});

test('a body is a tree where it is JSON in full, and text where it is not', () => {
  const body = (text: string, more = {}) => ({ size: text.length, text, cut: false, ...more });
  expect(shownBody(undefined)).toEqual({ kind: 'none' });
  expect(shownBody(body('{"a":1}'))).toEqual({ kind: 'json', value: { a: 1 } });
  expect(shownBody(body('"word"'))).toEqual({ kind: 'text', text: '"word"' });
  expect(shownBody(body('{"a":1}', { cut: true }))).toMatchObject({ kind: 'text' });
  expect(shownBody(body('', { size: 9, cut: true }))).toEqual({ kind: 'unseen' });
});
