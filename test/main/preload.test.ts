import { expect, onTestFinished, test, vi } from 'vitest';
import { openWire } from '../../app/main/wire.ts';
import type { ClosablePort } from '../../src/api/port.ts';
import { callApi, serveApi } from '../../src/api/rpc.ts';
import { Fault } from '../../src/base/fault.ts';
import { asContents, FakeContents, FakeIpc } from '../support/electron.ts';
import { type Exposed, preloaded } from '../support/preloaded.ts';

function wired() {
  const ipc = new FakeIpc();
  const contents = new FakeContents();
  const served: ClosablePort[] = [];
  openWire(
    ipc,
    () => asContents(contents),
    port => {
      served.push(port);
      serveApi({ status: async () => `status ${served.length}` }, port);
    },
  );
  onTestFinished(() => {
    for (const port of served) port.close();
  });
  return { served, ...preloaded(ipc, contents) };
}

/** As app/renderer/port.ts makes a Port of it. */
function api({ post, onMessage }: Exposed) {
  return callApi<{ status(): Promise<string> }>({
    post: message => post(JSON.stringify(message)),
    onMessage: listener => onMessage(text => text !== null && listener(JSON.parse(text))),
    onClose: listener => onMessage(text => text === null && listener()),
  });
}

test('the preload script gives the page two functions and nothing more', () => {
  const { keybridge, names } = wired();
  expect(names).toEqual(['keybridge']);
  expect(Object.keys(keybridge).sort()).toEqual(['onMessage', 'post']);
});

test('through them the page calls, and begins anew once its port was closed', async () => {
  const { keybridge, served } = wired();
  expect(await api(keybridge).status()).toBe('status 1');
  const gone = new Promise<null>(resolve => keybridge.onMessage(text => text === null && resolve(text)));
  served[0]?.close();
  await gone;
  keybridge.post('to nobody');
  expect(await api(keybridge).status()).toBe('status 2');
  expect(served).toHaveLength(2);
});

test('what arrived is said with its length, and so a stream of much more than may be under way comes through', async () => {
  const ipc = new FakeIpc();
  const contents = new FakeContents();
  const ports: ClosablePort[] = [];
  openWire(
    ipc,
    () => asContents(contents),
    port => ports.push(port),
  );
  const { keybridge } = preloaded(ipc, contents);
  const texts: string[] = [];
  keybridge.onMessage(text => texts.push(text ?? ''));
  const [port] = ports;
  port?.onMessage(() => {});
  for (let count = 0; count < 8; count++) {
    port?.post('x'.repeat(700_000));
    await port?.ready?.();
  }
  port?.post('the last');
  await vi.waitUntil(() => texts.at(-1) === '"the last"');
  expect(texts).toHaveLength(9);
  port?.close();
});

test('who waits for an answer when the port closes is told', async () => {
  const ipc = new FakeIpc();
  const contents = new FakeContents();
  const heard = Promise.withResolvers<ClosablePort>();
  openWire(
    ipc,
    () => asContents(contents),
    port => port.onMessage(() => heard.resolve(port)),
  );
  const answer = api(preloaded(ipc, contents).keybridge).status();
  (await heard.promise).close();
  const fault = await answer.catch(error => Fault.of(error));
  expect(fault).toMatchObject({ code: 'broker.lost' });
});
