import { quantile } from '../../bench/statistics.ts';
import type { Conversation } from './conversation.ts';
import { CALL, message, NOBODY, reply, said, stream, text } from './known.ts';
import type { PlayOptions, Stage } from './stage.ts';

/** How much of each there is. */
export interface LoadSizes {
  bridges: number;
  /** Calls under way at once, each answered after `delay` milliseconds. */
  calls: number;
  delay: number;
  /** Notifications in a second, and for how many seconds. */
  rate: number;
  seconds: number;
  /** Bytes of an event stream. */
  bytes: number;
  /** Milliseconds that each may take. */
  patience: number;
}

/** For a run of seconds, and what is promised. */
export const SOME: LoadSizes = {
  bridges: 20,
  calls: 600,
  delay: 500,
  rate: 10_000,
  seconds: 3,
  bytes: 64 * 1024 * 1024,
  patience: 100_000,
};
export const FULL: LoadSizes = {
  bridges: 200,
  calls: 5_000,
  delay: 1_500,
  rate: 10_000,
  seconds: 20,
  bytes: 1024 * 1024 * 1024,
  patience: 600_000,
};

/**
 * The slowest hundredth of the neighbour's echoes are no later than this while a server speaks on and on; beside a
 * burst there are too few of them to say so, and each counts. Milliseconds.
 */
export const NEIGHBOUR = 100;
export const BURST = 250;

const EVENT = 64 * 1024;
interface Load extends PlayOptions {
  conversation: Conversation;
  /** Messages that must have come, beside the answers. */
  messages?: number;
}

const LOADS = {
  bridges: ({ bridges, patience }: LoadSizes): Load => ({
    conversation: { ...NOBODY, hosts: bridges, deeds: [{ ...CALL, times: 5 }] },
    until: hosts => hosts.every(({ open }) => open === 0),
    lasts: patience,
  }),
  calls: ({ calls, delay, patience }: LoadSizes): Load => ({
    conversation: {
      ...NOBODY,
      replies: [reply({ kind: 'json', message: message('answer') }, {}, { delay })],
      deeds: [{ ...CALL, times: calls }],
    },
    until: hosts => hosts.every(({ open }) => open === 0),
    lasts: patience,
  }),
  notifications: ({ rate, seconds, patience }: LoadSizes): Load => ({
    conversation: {
      ...NOBODY,
      stream: reply(
        stream([said(message('notification', text('n', 100)))], { rounds: rate * seconds, rate }),
        { chunk: 4_096 },
      ),
    },
    messages: rate * seconds,
    until: ([host]) => (host?.heard.messages ?? 0) > rate * seconds,
    lasts: patience,
  }),
  stream: ({ bytes, patience }: LoadSizes): Load => ({
    conversation: {
      ...NOBODY,
      stream: reply(
        stream([said(message('notification', text('s', EVENT)))], { rounds: Math.ceil(bytes / EVENT) }),
        { chunk: 16_384 },
      ),
    },
    messages: Math.ceil(bytes / EVENT),
    until: ([host]) => (host?.heard.messages ?? 0) > Math.ceil(bytes / EVENT),
    lasts: patience,
  }),
} as const;

export type LoadName = keyof typeof LOADS;
/** Those that are over in a second or so, unless they come in full. */
export const BURSTS: readonly LoadName[] = ['bridges', 'calls'];
export const LOAD_NAMES = Object.keys(LOADS) as LoadName[];

export interface LoadResult {
  /** What was lost or wrong, in words. */
  failures: string[];
  /** Milliseconds: of the neighbour's echoes the slowest hundredth, and the slowest of all. */
  p99: number;
  worst: number;
  /** The broker's longest turn. Milliseconds. */
  turn: number;
  /** Bytes the broker held more, and grew by. */
  held: number;
  resident: number;
}

/** Puts one load on a broker, and says whether a call or a message was lost, and how the neighbour fared. */
export async function bear(stage: Stage, name: LoadName, sizes: LoadSizes): Promise<LoadResult> {
  const { conversation, messages, ...options } = LOADS[name](sizes);
  const { failures, numbers } = await stage.play(conversation, { ...options, grace: 10_000 });
  const words = failures
    .filter(({ number }) => number === 'answers' || number === 'broker')
    .map(each => each.words);
  if (!numbers) return { failures: [...words, 'the broker does not answer'], ...NOTHING };
  const { heard, echoes, turns, held, resident } = numbers;
  if (heard.refused > 0) words.push(`${heard.refused} answers are errors: ${heard.refusal}`);
  const missing = messages === undefined ? 0 : messages - (heard.messages - conversation.hosts);
  if (missing > 0) words.push(`${missing} of ${messages} messages did not come`);
  const late = echoes.map(each => each.late);
  const worst = Math.max(0, ...late);
  return { failures: words, p99: quantile(late, 0.99), worst, turn: turns[0]?.work ?? 0, held, resident };
}

const NOTHING = {
  p99: Number.NaN,
  worst: Number.NaN,
  turn: Number.NaN,
  held: Number.NaN,
  resident: Number.NaN,
};
