import { quantile } from '../../bench/statistics.ts';
import type { Echo } from './neighbour-main.ts';
import type { Turn } from './watch-main.ts';

const MIB = 1024 * 1024;

/** What Keybridge promises, whatever one server does. Times in milliseconds, sizes in bytes. */
export const PROMISED = {
  /** Work of one turn of the broker's event loop. */
  turn: 50,
  /**
   * The collector's part of one turn. It depends on what is held, which has a number of its own, and on the machine;
   * beyond this it is a server's doing.
   */
  collector: 250,
  /** A neighbour's echo. */
  echo: 250,
  /** What one server makes the broker hold, its share of the trace included, beside bodies in transit. */
  held: (64 + 16) * MIB,
  /**
   * Resident memory more than before. A collector that was given 128 MiB to begin with leaves as much garbage, and
   * again as much of what is held, before it looks.
   */
  resident: (64 + 16 + 128 + 176) * MIB,
  /**
   * Requests to a server that no host asked for: so many for each host to begin with (discovery, a sign-in, a new
   * session), and so many a second.
   */
  unasked: { first: 40, second: 2 },
} as const;

/** What was measured while one server was hostile. */
export interface Numbers {
  turns: Turn[];
  echoes: Echo[];
  held: number;
  resident: number;
  gc: number;
  cpu: number;
  /** Messages and bytes the hostile server's hosts were sent, and requests it was sent. */
  heard: { messages: number; bytes: number; refused: number; refusal: string | undefined };
  requests: number;
  /** Lines those hosts sent, how many hosts there were, and for how many milliseconds. */
  asked: number;
  hosts: number;
  lasted: number;
}

export interface Failure {
  number: 'turn' | 'neighbour' | 'memory' | 'answers' | 'storm' | 'broker';
  words: string;
}

const ms = (value: number) => `${Math.round(value)} ms`;
const mib = (value: number) => `${Math.round(value / MIB)} MiB`;

/** Which of the promised numbers do not hold, in words. */
export function failuresIn(numbers: Numbers): Failure[] {
  const { turns, echoes, held, resident, requests, asked, hosts, lasted } = numbers;
  const failures: Failure[] = [];
  const [worst] = turns;
  if (worst && worst.work > PROMISED.turn) {
    const many = turns.filter(({ work }) => work > PROMISED.turn).length;
    const how = `${ms(worst.work)} of work, ${ms(worst.cpu)} with the collector’s, in ${ms(worst.took)}`;
    failures.push({ number: 'turn', words: `a turn of the event loop took ${how}; ${many} such turns` });
  }
  const paused = Math.max(0, ...turns.map(({ cpu, work }) => cpu - work));
  if (paused > PROMISED.collector)
    failures.push({ number: 'turn', words: `the collector took ${ms(paused)} of a turn` });
  const late = echoes.filter(each => each.late > PROMISED.echo);
  if (late.length > 0) {
    const most = Math.max(...late.map(each => each.late));
    failures.push({ number: 'neighbour', words: `${late.length} echoes late, by ${ms(most)} the latest` });
  }
  if (held > PROMISED.held) failures.push({ number: 'memory', words: `the broker held ${mib(held)} more` });
  if (resident > PROMISED.resident)
    failures.push({ number: 'memory', words: `the broker grew by ${mib(resident)}` });
  const { first, second } = PROMISED.unasked;
  // A request may be sent twice: before and after a sign-in, or a new session.
  const fair = 2 * asked + hosts * (first + (second * lasted) / 1_000);
  if (requests > fair)
    failures.push({
      number: 'storm',
      words: `the server was sent ${requests} requests, ${asked} lines of hosts`,
    });
  return failures;
}

/** The numbers in one line. */
export function shown({ turns, echoes, held, resident, gc, cpu, heard, requests }: Numbers): string {
  const late = echoes.map(each => each.late);
  return [
    `turn ${ms(turns[0]?.work ?? 0)} (${ms(Math.max(0, ...turns.map(turn => turn.cpu)))} with the collector)`,
    `neighbour p99 ${ms(quantile(late, 0.99))}, worst ${ms(Math.max(0, ...late))} of ${late.length}`,
    `held ${mib(held)}, resident ${mib(resident)}, collector ${ms(gc)}, cpu ${ms(cpu)}`,
    `${heard.messages} messages, ${mib(heard.bytes)}, ${requests} requests`,
  ].join('; ');
}
