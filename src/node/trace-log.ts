import { closeSync, constants, readFileSync, renameSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { saveTrace, withoutBodies } from '../trace/file.ts';
import type { Trace } from '../trace/trace.ts';
import { openOwn } from './own-file.ts';

/** Bytes after which a new file is begun; one older file is kept. */
const LONGEST = 8 * 1024 * 1024;
/** Milliseconds events are gathered before they are written. */
const DELAY = 250;

/**
 * Keeps a trace in the state folder, for after a crash; without bodies unless `keep` says otherwise. Writing never holds up a bridge,
 * and a full disk costs the file, not the bridge. Returns what writes the rest and ends it.
 */
export function logTrace(
  trace: Trace,
  folder: string,
  keep: () => 'off' | 'normal' | 'full' = () => 'normal',
): () => void {
  const path = join(folder, 'trace.jsonl');
  let file: number | undefined;
  let size = 0;
  let waiting: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const write = () => {
    timer = undefined;
    try {
      if (file !== undefined && size > LONGEST) {
        closeSync(file);
        file = undefined;
        renameSync(path, join(folder, 'trace.1.jsonl'));
      }
      if (file === undefined) {
        file = openOwn(path, constants.O_APPEND);
        mendEnd(path);
        size = statSync(path).size;
        if (size === 0) size += writeSync(file, [...saveTrace([])].join(''));
      }
      size += writeSync(file, waiting.join(''));
    } catch {
      // A disk that is full or a folder that is gone: the trace in memory is still there.
    }
    waiting = [];
  };
  const stop = trace.subscribe(event => {
    // An exchange is written once, when it is over; the last event of it says everything.
    if (event.kind === 'exchange' && event.exchange.outcome.kind === 'pending') return;
    const kept = keep();
    if (kept === 'off') return;
    waiting.push(`${JSON.stringify(kept === 'full' ? event : withoutBodies(event))}\n`);
    timer ??= setTimeout(write, DELAY);
  });
  return () => {
    stop();
    clearTimeout(timer);
    if (waiting.length > 0) write();
    if (file !== undefined) closeSync(file);
  };
}

/** A crash may have broken the last line off; what is written behind it would make the whole file unreadable. */
function mendEnd(path: string): void {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(path, end);
}
