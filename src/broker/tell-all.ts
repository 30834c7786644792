import type { Span } from '../trace/event.ts';
import { toText } from '../trace/line.ts';
import type { Trace } from '../trace/trace.ts';
import type { Side } from './broker.ts';
import type { Target } from './settings.ts';

/**
 * For `--debug`: what is recorded of one bridge and of the sign-ins to its server, and of nobody else's. Goes on
 * until the function it returns is called.
 */
export function tellAll(trace: Trace, span: Span, target: Target, side: Side): () => void {
  const spans = new Set([span.id]);
  const signIn = `sign in to ${new URL(target.server).host}`;
  return trace.subscribe(event => {
    if (event.kind === 'span' && (spans.has(event.started.parent ?? '') || event.started.name === signIn)) {
      spans.add(event.started.id);
    }
    if (spans.has(event.span)) side.log(toText(event), 'debug');
  });
}
