import { describe, expect, test } from 'vitest';
import { message } from '../../src/bridge/scan.ts';
import { OpenRequests } from '../../src/node/open-requests.ts';

const ask = (id: string | number) => message({ jsonrpc: '2.0', id, method: 'tools/call' });
const answer = (id: string | number) => message({ jsonrpc: '2.0', id, result: {} });
const cancel = (requestId: string | number) =>
  message({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });

async function isFinished(open: OpenRequests): Promise<boolean> {
  const later = new Promise<false>(resolve => setImmediate(() => resolve(false)));
  return Promise.race([open.finished.then(() => true), later]);
}

describe('what is open on a connection', () => {
  test('is finished once the host asks no more and has every answer', async () => {
    const open = new OpenRequests();
    open.asked(ask(1));
    open.asked(ask('1'));
    open.answered(answer(1));
    open.held();
    expect(await isFinished(open)).toBe(false);
    open.answered(answer('1'));
    expect(await isFinished(open)).toBe(true);
  });

  test('is not finished while the host may still ask', async () => {
    const open = new OpenRequests();
    open.asked(ask(1));
    open.answered(answer(1));
    expect(await isFinished(open)).toBe(false);
    open.held();
    expect(await isFinished(open)).toBe(true);
  });

  test('counts each request of a batch, and none that was cancelled', async () => {
    const open = new OpenRequests();
    const batch = [1, 2, 3].map(id => ({ jsonrpc: '2.0', id, method: 'ping' }));
    open.asked(message(batch));
    open.held();
    open.asked(cancel(2));
    open.answered(message([{ jsonrpc: '2.0', id: 1, result: {} }]));
    expect(await isFinished(open)).toBe(false);
    open.answered(message({ jsonrpc: '2.0', id: 3, error: { code: 1, message: 'no' } }));
    expect(await isFinished(open)).toBe(true);
  });

  test('is finished when the host is gone', async () => {
    const open = new OpenRequests();
    open.asked(ask(1));
    open.gone();
    expect(await isFinished(open)).toBe(true);
  });
});
