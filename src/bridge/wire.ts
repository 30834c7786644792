import { Fault } from '../base/fault.ts';
import { base64url } from '../base/text.ts';
import type { Message } from './channel.ts';
import { type Call, type Conversation, rpcError } from './conversation.ts';
import { isLate, sessionLost, streamLost } from './errors.ts';
import { withId } from './scan.ts';

/**
 * What became of handing a message to the server. When it was refused, its requests have been answered;
 * when the server does not speak this transport, they have not.
 */
export type Handed = 'taken' | 'refused' | { unsuitable: Fault };

/** One of the two transports under a {@link Conversation}. */
export interface Wire {
  readonly sessionId: string | undefined;
  /** Resolves when the server has taken the message or refused it; never rejects. */
  post(call: Call, probing?: boolean): Promise<Handed>;
  /** The server has taken `notifications/initialized`. */
  announced(): void;
  /** Opens the server's stream anew: a ping failed, so nobody may be at the other end. */
  renew(reason: Fault): void;
  /** Ends the session. Bounded in time; never rejects. */
  close(): Promise<void>;
}

/** Milliseconds in which a server answers what all else waits for. Nobody's tool runs in it. */
const OPENING = 60_000;

/** The limit for the answer to a message, in milliseconds; none for what may take its time. */
export function limitFor({ method }: Message): number | undefined {
  return method === 'initialize' || method === 'notifications/initialized' ? OPENING : undefined;
}

/** What went wrong as a Fault; once the message is on its way, nobody can say whether it was carried out. */
export function outcomeUnknown(call: Call, error: unknown): Fault {
  const fault = Fault.of(error);
  const known = fault.code !== 'net.failed' && fault.code !== 'internal' && !isLate(fault);
  if (known || !call.sent || call.message.method === 'initialize') return fault;
  return streamLost(call.what, [fault.message], fault);
}

/**
 * Begins a new session with the host's own words, without the host noticing. Throws `server.session-lost`
 * when the server will not have it.
 */
export async function beginAgain(
  conversation: Conversation,
  post: (call: Call) => Promise<Handed>,
): Promise<void> {
  const { initialize, announcement } = conversation;
  if (!initialize) return;
  const before = conversation.protocolVersion;
  const answered = Promise.withResolvers<Message | Fault>();
  const call = conversation.begin(withId(initialize, ownId(conversation)), { answer: answered.resolve });
  if (!call) throw sessionLost('it could not be asked for.', []);
  await post(call);
  const answer = await inTime(conversation, call, answered.promise);
  if (answer instanceof Fault) throw sessionLost(answer.message, answer.evidence, answer);
  if (rpcError(answer.bytes)) throw sessionLost('the server answered `initialize` with an error.', []);
  if (conversation.protocolVersion !== before) {
    conversation.span.note(
      `The new session speaks ${conversation.protocolVersion}; the host was told ${before}.`,
    );
  }
  const announce = announcement && conversation.begin(announcement);
  if (announce && (await post(announce)) !== 'taken') {
    throw sessionLost('the server refused `notifications/initialized`.', []);
  }
  await sayAgain(conversation, conversation.standing.messages, post);
}

/**
 * Says to a new session what the host had arranged in the one before. What the server answers is for nobody;
 * where it does not even take one in time the rest is left out, because the host's requests wait for all this.
 */
export async function sayAgain(
  conversation: Conversation,
  messages: readonly Message[],
  post: (call: Call) => Promise<Handed>,
): Promise<void> {
  for (const message of messages) {
    const answered = Promise.withResolvers<Message | Fault>();
    const call = conversation.begin(withId(message, ownId(conversation)), { answer: answered.resolve });
    if (!call) continue;
    void inTime(conversation, call, answered.promise);
    await post(call);
    if (call.signal.aborted) return;
  }
}

function ownId({ world }: Conversation): string {
  return JSON.stringify(`keybridge-${base64url(world.random(9))}`);
}

/** The answer to our own request. Nobody else would ever give it up. */
async function inTime(
  conversation: Conversation,
  call: Call,
  answered: Promise<Message | Fault>,
): Promise<Message | Fault> {
  const over = new AbortController();
  conversation.world.sleep(OPENING, over.signal).then(
    () => {
      const silent = new Fault(
        'net.timeout',
        `The server did not answer ${call.what} in ${OPENING / 1000} s.`,
      );
      conversation.fail(call, silent);
      call.abort(silent);
    },
    () => {},
  );
  try {
    return await answered;
  } finally {
    over.abort();
  }
}
