import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logTrace } from '../../src/node/trace-log.ts';
import { loadTrace } from '../../src/trace/file.ts';
import { Trace } from '../../src/trace/trace.ts';
import { temporaryFolder } from '../support/temporary.ts';

function log(folder: string, text: string): void {
  const trace = new Trace();
  const stop = logTrace(trace, folder);
  trace.append({ kind: 'note', at: 1, span: 's1', text });
  stop();
}

test('the trace on disk is still readable after a crash broke its last line off and it was written on', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'trace.jsonl');
  log(folder, 'first');
  appendFileSync(path, '{"kind":"note","at":1,"sp');
  log(folder, 'second');
  log(folder, 'third');
  const events = loadTrace(readFileSync(path, 'utf8'));
  expect(events.map(event => event.kind === 'note' && event.text)).toEqual(['first', 'second', 'third']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
