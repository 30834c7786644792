import { isObject } from '../base/json.ts';
import type { ClosablePort } from './port.ts';

/** Who proves something: Keybridge's own process, or the page. */
export type Prover = 'core' | 'window';

/** What both sides of a window's WebSocket have put into their proofs: a nonce of each, and the port they mean. */
export interface Meeting {
  window: string;
  core: string;
  /** As `127.0.0.1:port`, so that nobody at another port can pass a proof on. */
  host: string;
}

/** Milliseconds in which both sides have to have proved themselves. */
export const PROOF_TIME = 10_000;

/** The text that is signed with the window's key. */
export function proofText(who: Prover, { window, core, host }: Meeting): string {
  return `keybridge ${who} ${window} ${core} ${host}`;
}

/** A nonce of 256 bits. */
export function newNonce(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The proof that somebody knows a window's key, without showing it: HMAC-SHA256. RFC 2104. */
export async function proofOf(key: string, who: Prover, meeting: Meeting): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign']);
  const signed = await crypto.subtle.sign('HMAC', imported, encoder.encode(proofText(who, meeting)));
  return base64url(new Uint8Array(signed));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * The page's side: whoever listens at the port has to prove first that it knows the key, for while Keybridge is
 * away another program may listen there; then the page proves it too. Rejects when that comes to nothing.
 */
export function enterWindow(port: ClosablePort, key: string, window: string, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refuse = () => {
    reject(new Error('Keybridge does not answer.'));
    port.close();
  };
  const late = setTimeout(refuse, PROOF_TIME);
  const stops = [
    port.onClose(refuse),
    port.onMessage(greeting => {
      answerTo(greeting, key, window, host).then(proof => {
        port.post({ proof });
        resolve();
      }, refuse);
    }),
  ];
  return promise.finally(() => {
    clearTimeout(late);
    for (const stop of stops) stop();
  });
}

async function answerTo(greeting: unknown, key: string, window: string, host: string): Promise<string> {
  const { nonce, proof, more } = isObject(greeting) ? greeting : {};
  if (typeof nonce !== 'string' || nonce === window) throw new Error('This is not Keybridge.');
  const meeting = { window, core: nonce, host };
  // The browser may have sent cookies of several sessions, and one of them is this page's.
  const proofs = [proof, ...(Array.isArray(more) ? more : [])];
  if (!proofs.includes(await proofOf(key, 'core', meeting))) throw new Error('This is not Keybridge.');
  return proofOf(key, 'window', meeting);
}
