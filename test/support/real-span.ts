import { onTestFinished } from 'vitest';
import { createDialler, type DiallerOptions } from '../../src/node/dial.ts';
import type { Span } from '../../src/trace/event.ts';
import { openTrace } from '../../src/trace/record.ts';
import type { Trace } from '../../src/trace/trace.ts';

/** What the broker has: the real dialler under a real recorder. Ends with the test. */
export function realSpan(options?: DiallerOptions): { root: Span; trace: Trace; said(): string } {
  const dialler = createDialler(options);
  onTestFinished(() => dialler.close());
  const { root, trace } = openTrace({ dial: dialler.dial, now: Date.now });
  return { root, trace, said: () => JSON.stringify(trace.since()) };
}
