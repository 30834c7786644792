import { Fault } from '../base/fault.ts';
import { base64url } from '../base/text.ts';
import type { Message } from './channel.ts';
import type { Call, Conversation } from './conversation.ts';
import { message } from './scan.ts';

/** Milliseconds in which a ping is answered, if there is anybody. */
const PATIENCE = 30_000;

export interface KeepAliveOptions {
  conversation: Conversation;
  /** Milliseconds between two pings. */
  interval: number;
  /** Aborted together with the channel. */
  signal: AbortSignal;
  post: (call: Call) => Promise<unknown>;
  /** The server's stream may be one that nobody is at the other end of. */
  renew: (reason: Fault) => void;
}

/**
 * Pings the server at intervals, so that nothing on the way takes the connection for unused. A ping is ours:
 * the host never hears of it, and nobody is asked to sign in for it. One that fails leads to recovery: a lost
 * session is begun again, a silent stream opened anew. Ends with the signal. MCP, "Ping".
 */
export async function keepAlive(options: KeepAliveOptions): Promise<void> {
  const { conversation, interval, signal, renew } = options;
  for (;;) {
    try {
      await conversation.world.sleep(interval, signal);
    } catch {
      return;
    }
    // Any answer will do, also that there is no such method.
    const answer = await ping(options);
    if (signal.aborted) return;
    if (!(answer instanceof Fault)) continue;
    conversation.span.note(`The server was pinged in vain. ${answer.message}`);
    if (answer.code.startsWith('net.') || answer.code === 'server.stream-lost') renew(answer);
  }
}

/**
 * Pings the server once. Resolves with its answer, whichever it is, or with why there is none, after half a minute
 * at the latest.
 */
export async function ping({
  conversation,
  signal,
  post,
}: Pick<KeepAliveOptions, 'conversation' | 'signal' | 'post'>): Promise<Message | Fault> {
  const { world } = conversation;
  const id = `keybridge-ping-${base64url(world.random(9))}`;
  const answered = Promise.withResolvers<Message | Fault>();
  const request = message({ jsonrpc: '2.0', id, method: 'ping' });
  const call = conversation.begin(request, { answer: answered.resolve, background: true });
  if (!call) return new Fault('internal', 'The id of a ping is in use.');
  const settled = new AbortController();
  world.sleep(PATIENCE, AbortSignal.any([signal, settled.signal])).then(
    () => {
      const late = new Fault('net.timeout', `There was no answer to it within ${PATIENCE / 1000} s.`);
      call.abort(late);
      conversation.fail(call, late);
    },
    () => {},
  );
  void post(call);
  const answer = await answered.promise;
  settled.abort();
  return answer;
}
