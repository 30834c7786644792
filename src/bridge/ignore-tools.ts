import { concat } from '../base/gathered-bytes.ts';
import { quoted } from '../base/text.ts';
import type { Parcel, ServerChannel } from './channel.ts';
import { answerWith } from './errors.ts';
import { Mailbox } from './mailbox.ts';
import { heads, idKey, members } from './scan.ts';
import { eachElement, findMember, OPEN_ARRAY, type Place, skipSpace, valueAt } from './walk.ts';

/** Bytes of a tool's name that are looked at; longer names match no pattern. */
const LONGEST_NAME = 4096;

/**
 * A channel on which some tools do not exist: they are cut out of the answers to `tools/list`, whose other
 * bytes stay as they are, and calls of them are answered with an error without asking the server.
 * `*` in a pattern stands for any text; case does not matter.
 */
export function hideTools(channel: ServerChannel, patterns: readonly string[]): ServerChannel {
  const lists = new Set<string>();
  const own = new Mailbox<Parcel>();
  let draining = false;
  const hidden = (name: string): boolean => patterns.some(pattern => matches(pattern, name));

  async function drain(): Promise<void> {
    try {
      for await (const message of channel.messages) await own.push(without(message));
    } finally {
      own.end();
    }
  }

  function without(message: Parcel): Parcel {
    if (message.kind === 'piece' || message.kind === 'dropped') return message;
    const parts = heads(message);
    if (!parts.some(({ kind, id }) => kind === 'response' && id !== undefined && lists.has(idKey(id)))) {
      return message;
    }
    for (const { kind, id } of parts) if (kind === 'response' && id !== undefined) lists.delete(idKey(id));
    const cuts = members(message).flatMap(part => {
      const shift = part.bytes.byteOffset - message.bytes.byteOffset;
      return cutsOf(part.bytes, hidden).map(({ start, end }) => ({ start: start + shift, end: end + shift }));
    });
    return cuts.length === 0 ? message : { ...message, bytes: cut(message.bytes, cuts) };
  }

  return {
    async send(message) {
      const parts = members(message);
      const refused = new Set(
        parts.filter(part => {
          const name = part.method === 'tools/call' ? calledTool(part.bytes) : undefined;
          return name !== undefined && hidden(name);
        }),
      );
      for (const part of parts) {
        if (part.method === 'tools/list' && part.id !== undefined) lists.add(idKey(part.id));
      }
      if (refused.size === 0) return channel.send(message);
      for (const { id, bytes } of refused) {
        if (id === undefined) continue;
        const text = `The tool ${quoted(calledTool(bytes) ?? '', 100)} is hidden by the settings of this connection.`;
        await own.push(answerWith(id, JSON.stringify({ code: -32602, message: text })));
      }
      // The rest of a batch goes one by one.
      for (const part of parts) if (!refused.has(part)) await channel.send(part);
    },
    get messages() {
      if (!draining) {
        draining = true;
        void drain();
      }
      return own;
    },
    close: () => channel.close(),
  };
}

/** Whether a name fits a pattern. Linear enough for anybody's pattern: no regular expression is built. */
export function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const text = name.toLowerCase();
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The name in the `params` of a `tools/call`. */
function calledTool(bytes: Uint8Array): string | undefined {
  const params = objectIn(bytes, skipSpace(bytes, 0), 'params');
  const name = params && findMember(bytes, params.start, 'name');
  return name && nameAt(bytes, name);
}

function objectIn(bytes: Uint8Array, at: number, key: string): Place | undefined {
  return bytes[at] === 0x7b ? findMember(bytes, at, key) : undefined;
}

function nameAt(bytes: Uint8Array, place: Place): string | undefined {
  const name = place.end - place.start <= LONGEST_NAME ? valueAt(bytes, place) : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** What to leave out of the answer to a `tools/list`, commas included, in order. */
function cutsOf(bytes: Uint8Array, hidden: (name: string) => boolean): Place[] {
  const result = objectIn(bytes, skipSpace(bytes, 0), 'result');
  const tools = result && objectIn(bytes, result.start, 'tools');
  if (!tools || bytes[tools.start] !== OPEN_ARRAY) return [];
  const elements: (Place & { hidden: boolean })[] = [];
  eachElement(bytes, tools.start, place => {
    const at = objectIn(bytes, place.start, 'name');
    const name = at && nameAt(bytes, at);
    elements.push({ ...place, hidden: name !== undefined && hidden(name) });
  });
  const cuts: Place[] = [];
  let kept = false;
  for (const [index, element] of elements.entries()) {
    const before = elements[index - 1];
    const after = elements[index + 1];
    if (!element.hidden) kept = true;
    // Behind one that stays, the comma before goes with it; else the comma after.
    else if (kept && before) cuts.push({ start: before.end, end: element.end });
    else cuts.push({ start: element.start, end: after?.start ?? element.end });
  }
  return cuts;
}

function cut(bytes: Uint8Array, cuts: readonly Place[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of cuts) {
    pieces.push(bytes.subarray(at, start));
    at = end;
  }
  return concat([...pieces, bytes.subarray(at)]);
}
