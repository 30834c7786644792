import { eachMember, isKey, type Place, skipSpace, valueAt } from '../bridge/walk.ts';

const LF = 0x0a;
/** Bytes kept of the end of a line; an id and what may stand around it have room there. */
const TAIL = 1024;

/**
 * Watches a line that is too long to be kept until it ends, for the id of the request in it. Whoever
 * writes JSON-RPC puts the id before the parameters or behind them, so the first and last bytes will do.
 */
export class TooLong {
  readonly #beginning: Uint8Array;
  #tail: Buffer = Buffer.alloc(0);

  constructor(beginning: Uint8Array) {
    this.#beginning = beginning;
  }

  /** Takes the next bytes. True once the line has ended. */
  push(chunk: Uint8Array): boolean {
    const end = chunk.indexOf(LF);
    const piece = end === -1 ? chunk : chunk.subarray(0, end);
    this.#tail = Buffer.concat([this.#tail, piece.subarray(-TAIL)]);
    this.#tail = Buffer.from(this.#tail.subarray(-TAIL));
    return end !== -1;
  }

  /** The raw JSON of the request's id; `undefined` for what is no request, or does not show its id. */
  get id(): string | undefined {
    const first = membersOf(this.#beginning);
    const last = lastMembers(this.#tail.toString('latin1'));
    if (first.answer || !(first.method || last.method)) return undefined;
    return first.id ?? last.id;
  }
}

/** What stands before the cut, of the members of the outermost object. */
function membersOf(bytes: Uint8Array) {
  const found: { id?: string; method?: true; answer?: true } = {};
  const visit = (key: Place, value: Place) => {
    // A number may go on behind the cut.
    if (value.end === bytes.length) return;
    if (isKey(bytes, key, 'id')) {
      const id = rawId(Buffer.from(bytes.subarray(value.start, value.end)).toString());
      if (id !== undefined) found.id = id;
    } else if (isKey(bytes, key, 'method')) found.method = true;
  };
  eachMember(bytes, skipSpace(bytes, 0), visit);
  // The answer itself is what is too long, so only its key is there.
  const beginning = Buffer.from(bytes).toString('latin1');
  if (/^\s*\{(?:\s*"(?:jsonrpc|id)"\s*:\s*(?:"[^"\\]*"|-?\d+)\s*,)*\s*"(?:result|error)"\s*:/.test(beginning))
    found.answer = true;
  return found;
}

/**
 * The members before the last bracket, which closes the outermost object. Within a string a quote has a
 * backslash before it, so what looks like a member here is one.
 */
function lastMembers(text: string): { id?: string; method: boolean } {
  const string = '"(?:[^"\\\\]|\\\\.)*"';
  const member = `\\s*,\\s*"(?:jsonrpc|method|id)"\\s*:\\s*(?:${string}|-?\\d+(?:\\.\\d+)?)`;
  const [whole = ''] = new RegExp(`(?:${member})+\\s*\\}\\s*$`).exec(text) ?? [];
  const [, id] = new RegExp(`,\\s*"id"\\s*:\\s*(${string}|-?\\d+(?:\\.\\d+)?)`).exec(whole) ?? [];
  const raw = id === undefined ? undefined : rawId(Buffer.from(id, 'latin1').toString());
  return { ...(raw === undefined ? {} : { id: raw }), method: /,\s*"method"\s*:/.test(whole) };
}

function rawId(raw: string): string | undefined {
  const bytes = Buffer.from(raw);
  const value = valueAt(bytes, { start: 0, end: bytes.length });
  return typeof value === 'string' || typeof value === 'number' ? raw : undefined;
}
