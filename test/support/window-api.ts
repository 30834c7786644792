import { WebSocket } from 'ws';
import { callApi } from '../../src/api/rpc.ts';
import { WINDOW, type WindowApi } from '../../src/api/window.ts';
import { enterWindow, newNonce } from '../../src/api/window-proof.ts';
import { webSocketPort } from '../../src/node/window-port.ts';
import type { Installation } from './keybridge.ts';
import { windowAddress } from './window.ts';

export interface WindowOfApi {
  api: WindowApi;
  /** Of the address it was let in at. */
  origin: string;
  key: string;
  close(): void;
  /** The same window once more, as a page does it that has lost its connection. Rejects when nobody is there. */
  again(): Promise<WindowOfApi>;
}

/**
 * What a window of an installation may ask, without a browser before it. `hear` is told each message that comes
 * over the wire, as it comes.
 */
export async function windowApi(
  installation: Installation,
  hear: (text: string) => void = () => {},
): Promise<WindowOfApi> {
  const address = new URL(await windowAddress(installation));
  const answer = await fetch(address, { redirect: 'manual' });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const key = /#key=([\w-]+)$/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
  await answer.body?.cancel();
  return enter(address, cookie, key, hear);
}

async function enter(
  { host, origin }: URL,
  cookie: string,
  key: string,
  hear: (text: string) => void,
): Promise<WindowOfApi> {
  const nonce = newNonce();
  const socket = new WebSocket(`ws://${host}/api`, ['keybridge', nonce], { headers: { cookie, origin } });
  socket.on('message', data => hear(String(data)));
  const port = { ...webSocketPort(socket), close: () => socket.close() };
  await enterWindow(port, key, nonce, host);
  return {
    api: callApi<WindowApi>(port, WINDOW),
    origin,
    key,
    close: () => socket.close(),
    again: () => enter(new URL(origin), cookie, key, hear),
  };
}
