import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CHANNEL, openWire } from '../../app/main/wire.ts';
import type { ClosablePort } from '../../src/api/port.ts';
import { callApi, serveApi } from '../../src/api/rpc.ts';
import { Fault } from '../../src/base/fault.ts';
import { asContents, FakeContents, FakeIpc } from '../support/electron.ts';

const PRELOAD = readFileSync(new URL('../../dist/desktop-preload.cjs', import.meta.url), 'utf8');

interface Exposed {
  post(text: string): void;
  onMessage(listener: (text: string | null) => void): () => void;
}

/** Runs the built script with Electron's two pieces; what it posts arrives at the wire. */
function preloaded(ipc: FakeIpc, contents: FakeContents): { keybridge: Exposed; names: string[] } {
  const world: Record<string, unknown> = {};
  const required: string[] = [];
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: unknown) => Object.assign(world, { [name]: api }),
    },
    ipcRenderer: {
      postMessage: (channel: string, message: unknown, ports: MessagePort[]) => {
        expect([channel, message]).toEqual([CHANNEL, null]);
        ipc.deliver({ sender: contents, senderFrame: contents.mainFrame }, ports);
      },
    },
  };
  const require = (name: string) => {
    required.push(name);
    return electron;
  };
  runInNewContext(PRELOAD, { require, MessageChannel, Set, String });
  expect(required).toEqual(['electron']);
  return { keybridge: world.keybridge as Exposed, names: Object.keys(world) };
}

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
