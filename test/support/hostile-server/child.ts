import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that answers one question at a time over IPC. */
export interface Asked<Question, Reply> {
  readonly child: ChildProcess;
  /** `undefined` when it has no answer within so many milliseconds, or has ended. */
  ask(question: Question, limit?: number): Promise<Reply | undefined>;
}

/** Milliseconds. */
const LIMIT = 20_000;

export function askable<Question, Reply>(child: ChildProcess): Asked<Question, Reply> {
  // What was given up may still be answered; the answer must not be taken for that to the next question.
  let behind = 0;
  return {
    child,
    async ask(question, limit = LIMIT) {
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      child.send(question as object, () => {});
      const over = new AbortController();
      const timer = setTimeout(() => over.abort(), limit);
      try {
        for (;;) {
          const [answer] = await Promise.race([
            once(child, 'message', { signal: over.signal }),
            once(child, 'exit', { signal: over.signal }).then(() => [undefined]),
          ]);
          if (behind === 0 || answer === undefined) return answer as Reply | undefined;
          behind--;
        }
      } catch {
        behind++;
        return undefined;
      } finally {
        clearTimeout(timer);
        over.abort();
      }
    },
  };
}

/** Starts a module of this folder as a process. It ends with ours. */
export function start<Question, Reply>(module: URL): Asked<Question, Reply> {
  return askable(fork(fileURLToPath(module), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
}
