import type { Conversation, Framing, Reply } from './conversation.ts';
import { FRAMING } from './known.ts';

/**
 * Conversations that are a little simpler than this one, those that leave out most first: whole replies and deeds,
 * then what is odd about how bytes travel, then half of each number.
 */
export function* simpler(conversation: Conversation): Generator<Conversation> {
  for (const name of ['signIn', 'stream', 'greeting', 'elsewhere'] as const)
    if (conversation[name] !== null) yield { ...conversation, [name]: null };
  for (const name of ['replies', 'deeds'] as const) {
    const list = conversation[name];
    if (list.length > 2) {
      yield { ...conversation, [name]: list.slice(0, Math.ceil(list.length / 2)) };
      yield { ...conversation, [name]: list.slice(Math.ceil(list.length / 2)) };
    }
    for (const at of list.keys()) yield { ...conversation, [name]: list.toSpliced(at, 1) };
  }
  if (conversation.hosts > 1) yield { ...conversation, hosts: 1 };
  yield* inPlaces(conversation, plainer);
  yield* inPlaces(conversation, fewer);
  yield* inPlaces(conversation, halves);
}

/** All that a change makes of a value, or of one of its parts, however deep. */
function* inPlaces<T>(value: T, change: (part: unknown) => Iterable<unknown>): Generator<T> {
  yield* change(value) as Iterable<T>;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value))
    for (const each of inPlaces(part, change))
      yield (Array.isArray(value) ? value.with(Number(name), each) : { ...value, [name]: each }) as T;
}

function* plainer(part: unknown): Generator<unknown> {
  if (isFraming(part) && JSON.stringify(part) !== JSON.stringify(FRAMING)) yield FRAMING;
  if (!isReply(part)) return;
  if (part.challenge > 0) yield { ...part, challenge: 0 };
  if (part.fields.count > 0) yield { ...part, fields: { count: 0, length: 0 } };
}

/** Parts of a stream, one left out. */
function* fewer(part: unknown): Generator<unknown> {
  if (Array.isArray(part) && part.length > 1) for (const at of part.keys()) yield part.toSpliced(at, 1);
}

function* halves(part: unknown): Generator<unknown> {
  if (typeof part !== 'number' || part < 2) return;
  if (part > 64) yield Math.floor(part / 16);
  yield Math.floor(part / 2);
}

function isReply(part: unknown): part is Reply {
  return typeof part === 'object' && part !== null && 'challenge' in part && 'fields' in part;
}

function isFraming(part: unknown): part is Framing {
  return typeof part === 'object' && part !== null && 'coding' in part;
}
