import type { Reference } from '../../checks/check.ts';
import type { Cell } from '../../checks/client.ts';
import type { ExchangeId } from '../../trace/event.ts';
import type { Got } from './seen.ts';

/** One address a client asks, and what it makes of the answer. */
export interface WalkStep {
  url: string;
  because: string;
  verdict: string;
  exchange?: ExchangeId;
}

/**
 * `through`: to a sign-in. `guesses`: to a sign-in at endpoints that no metadata names. `unknown`: it depends on
 * something nobody has written down.
 */
export type WalkResult = 'through' | 'guesses' | 'stops' | 'unknown';

/** The way one client takes over the answers that were seen. Plain data. */
export interface ClientWalk {
  /** Its name for `--as-client`. */
  client: string;
  title: string;
  /** What was read of it, or when it was seen. */
  version: string;
  result: WalkResult;
  /** Where and why it ends: the rest of a sentence that begins with the client. */
  reason: string;
  /** The finding that fits. */
  code?: string;
  /** Where what decided can be read. */
  sources: readonly Reference[];
  steps: readonly WalkStep[];
}

export interface End {
  result: WalkResult;
  reason: string;
  code?: string | undefined;
}

/** What is noted on the way: steps, what decided, the first thing that nobody knows, the first that went wrong. */
export class Notes {
  readonly steps: WalkStep[] = [];
  readonly #sources = new Map<string, Reference>();
  #unsure: string | undefined;
  #astray: string | undefined;

  /** A cell's value; where it is not known, `assumed`, and that is noted if a sentence says what is not known. */
  know<T>(cell: Cell<T>, assumed: T, unknown?: string): T {
    if (cell !== 'unknown') return cell.is;
    if (unknown !== undefined) this.doubt(unknown);
    return assumed;
  }

  /** Notes what is not known: the rest of "It is not known". */
  doubt(what: string): void {
    this.#unsure ??= what;
  }

  /** Notes where something that decided can be read. */
  cite(cell: Cell<unknown>): void {
    if (cell !== 'unknown') this.#sources.set(cell.source.url, cell.source);
  }

  /** Notes the finding that led away from the right way. */
  stray(code: string | undefined): void {
    this.#astray ??= code;
  }

  /** Steps for the redirects that were followed to an answer, and the beginning of the step for that one. */
  follow({ answer, hops }: Got, because: string): Omit<WalkStep, 'verdict'> {
    for (const { url, status, id } of hops)
      this.steps.push({ url, because, verdict: `${status}: follows the redirect`, exchange: id });
    return { url: answer.url, because, exchange: answer.id };
  }

  /** How it ends, by what is known. What stops either way stops; what may be another way is not known. */
  end({ result, reason, code }: End): Pick<ClientWalk, 'result' | 'reason' | 'code' | 'sources'> {
    const sources = [...this.#sources.values()];
    if (this.#unsure !== undefined && result !== 'stops')
      return { result: 'unknown', reason: `It is not known ${this.#unsure}.`, sources };
    const goesWrong = result === 'stops' || result === 'guesses';
    const fitting = goesWrong ? (code ?? this.#astray) : undefined;
    return { result, reason, sources, ...(fitting === undefined ? {} : { code: fitting }) };
  }
}
