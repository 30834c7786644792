import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { expect } from 'vitest';
import { CHANNEL } from '../../app/main/wire.ts';
import type { FakeContents, FakeIpc } from './electron.ts';

const PRELOAD = readFileSync(new URL('../../dist/desktop-preload.cjs', import.meta.url), 'utf8');

/** What the page gets. */
export interface Exposed {
  post(text: string): void;
  onMessage(listener: (text: string | null) => void): () => void;
}

/** Runs the built preload script with Electron's two pieces; what it posts arrives at the wire. */
export function preloaded(ipc: FakeIpc, contents: FakeContents): { keybridge: Exposed; names: string[] } {
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
