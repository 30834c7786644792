import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import type { TraceEvent } from '../trace/event.ts';
import { loadTrace } from '../trace/file.ts';
import { toHar } from '../trace/har.ts';
import { toText } from '../trace/line.ts';
import { homeFolder } from './home.ts';
import { printError, print as printText } from './terminal.ts';
import { VERSION } from './version.ts';

type WithRunning = (work: (api: Api) => Promise<number>, none: () => number) => Promise<number>;

/**
 * `keybridge trace`: the running broker's trace; without a broker the one on disk, which has no bodies.
 * Resolves with the exit code. Throws `usage.flag`, `store.unwritable`, `store.damaged`.
 */
export async function runTrace(argv: readonly string[], withRunning: WithRunning): Promise<number> {
  const { follow, har } = readFlags(argv);
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const print = (event: TraceEvent) => printText(`${toText(event, { colour })}\n`);
  return withRunning(
    async api => {
      const events: TraceEvent[] = [];
      for await (const event of api.trace(follow && har === undefined)) {
        if (har === undefined) print(event);
        else events.push(event);
      }
      return har === undefined ? 0 : writeHar(har, events);
    },
    () => {
      const events = readDisk();
      if (har !== undefined) return writeHar(har, events);
      for (const event of events) print(event);
      if (follow) printError('keybridge: nothing to follow, for Keybridge is not running.\n');
      return 0;
    },
  );
}

function readFlags(argv: readonly string[]) {
  const flags = { follow: false, har: undefined as string | undefined };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    if (word === '--follow') flags.follow = true;
    else if (word === '--har') {
      flags.har = argv[++at];
      if (!flags.har) throw new Fault('usage.flag', '--har wants the name of a file.');
    } else if (word?.startsWith('--har=')) flags.har = word.slice('--har='.length);
    else {
      throw new Fault('usage.flag', `trace takes --follow and --har FILE, not "${word?.slice(0, 80)}".`);
    }
  }
  return flags;
}

function writeHar(path: string, events: readonly TraceEvent[]): number {
  const har = toHar(events, VERSION);
  try {
    writeFileSync(path, `${JSON.stringify(har, null, 1)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new Fault(
      'store.unwritable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
      {
        remedy: 'Name a file in a folder you can write.',
        cause: error,
      },
    );
  }
  printText(`${har.log.entries.length} exchanges written to ${path}, secrets redacted.\n`);
  return 0;
}

function readDisk(): TraceEvent[] {
  const events: TraceEvent[] = [];
  for (const name of ['trace.1.jsonl', 'trace.jsonl']) {
    let text: string;
    try {
      text = readFileSync(join(homeFolder(), name), 'utf8');
    } catch {
      continue;
    }
    events.push(...loadTrace(text));
  }
  return events;
}
