import { WebSocket } from 'ws';
import { callApi } from '../../src/api/rpc.ts';
import { WINDOW, type WindowApi } from '../../src/api/window.ts';
import { enterWindow, newNonce } from '../../src/api/window-proof.ts';
import { webSocketPort } from '../../src/node/window-port.ts';
import type { Installation } from './keybridge.ts';
import { windowAddress } from './window.ts';

/**
 * What a window of an installation may ask, without a browser before it. `hear` is told each message that comes
 * over the wire, as it comes.
 */
export async function windowApi(
  installation: Installation,
  hear: (text: string) => void = () => {},
): Promise<{ api: WindowApi; close(): void }> {
  const address = new URL(await windowAddress(installation));
  const answer = await fetch(address, { redirect: 'manual' });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const key = /#key=([\w-]+)$/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
  await answer.body?.cancel();
  const nonce = newNonce();
  const socket = new WebSocket(`ws://${address.host}/api`, ['keybridge', nonce], {
    headers: { cookie, origin: address.origin },
  });
  socket.on('message', data => hear(String(data)));
  const port = { ...webSocketPort(socket), close: () => socket.close() };
  await enterWindow(port, key, nonce, address.host);
  return { api: callApi<WindowApi>(port, WINDOW), close: () => socket.close() };
}
