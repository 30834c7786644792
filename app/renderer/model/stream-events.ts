/** One event of an event stream. HTML Living Standard §9.2. */
export interface StreamEvent {
  id?: string;
  event?: string;
  data: string;
}

/** The events of a stream's text as far as it goes; `rest` is the beginning of one that has not ended. */
export function splitEvents(text: string): { events: StreamEvent[]; rest: string } {
  const blocks = text.replace(/^\ufeff/, '').split(/\r\n\r\n|\n\n|\r\r|\n\r\n/);
  const rest = blocks.pop() ?? '';
  return { events: blocks.flatMap(block => readEvent(block) ?? []), rest };
}

function readEvent(block: string): StreamEvent | undefined {
  const data: string[] = [];
  const event: Partial<StreamEvent> = {};
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    // A line that begins with a colon is a comment, such as what keeps a connection open.
    else if (name === '' && colon === 0) continue;
    else if (name === 'id') event.id = value;
    else if (name === 'event') event.event = value;
  }
  if (data.length === 0 && event.event === undefined) return undefined;
  return { ...event, data: data.join('\n') };
}
