import { EventStreamParser } from './event-stream.ts';
import { heads, scan, withoutMark } from './scan.ts';

/**
 * The JSON-RPC response in the body of a refusal, whatever its content type: as it is, or as the data of an event.
 * `undefined` where there is none, such as in an OAuth error.
 */
export function responseIn(body: Uint8Array): Uint8Array | undefined {
  const whole = withoutMark(body);
  if (isResponse(whole)) return whole;
  const parser = new EventStreamParser();
  // The end of the body ends its last event, too.
  for (const { data } of [...parser.push(body), ...parser.push(new TextEncoder().encode('\n\n'))]) {
    if (data && isResponse(data)) return data;
  }
  return undefined;
}

function isResponse(bytes: Uint8Array): boolean {
  const message = scan(bytes);
  return message !== undefined && heads(message).some(({ kind }) => kind === 'response');
}
