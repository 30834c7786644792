import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Body, EventStream, Framing, Reply } from './conversation.ts';
import { jsonText, messageTexts, partBytes } from './material.ts';

/** Bytes that are made once and written over and over. */
const BLOCK = 64 * 1024;
const MIB = 1024 * 1024;
/** Milliseconds between two writes of a stream that has a rate. */
const BEAT = 10;

/** A body's bytes as they travel: `once`, then `loop` again and again. */
interface Flow {
  once: Buffer;
  loop?: {
    bytes: Buffer /** How often; endless by default. */;
    times?: number /** So often a second. */;
    rate: number;
  };
  after: EventStream['after'];
}

/** Writes a reply as raw bytes, for as long as the other side reads it. `id` is the raw JSON of what is answered. */
export async function sendReply(socket: Socket, reply: Reply, id: string): Promise<void> {
  const { framing } = reply;
  // Making it may take long: whoever is to stop this server is heard before.
  await new Promise(resolve => setImmediate(resolve));
  if (socket.destroyed) return;
  const flow = flowOf(reply.body, framing, id);
  const isSized = framing.chunk === 0 && !flow.loop;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  await write(socket, headOf(reply, isSized ? flow.once.length : undefined), framing);
  // Block by block: small chunks take many times their content.
  const step = BLOCK - (BLOCK % Math.max(1, framing.chunk));
  for (let at = 0; at < flow.once.length && !socket.destroyed; at += step || framing.chunk) {
    await write(socket, framed(flow.once.subarray(at, at + (step || framing.chunk)), framing), framing);
    await new Promise(resolve => setImmediate(resolve));
  }
  if (flow.loop) await repeat(socket, flow.loop, framing);
  if (flow.after === 'hold') return;
  if (flow.after === 'break') {
    socket.destroy();
    return;
  }
  socket.end(framing.chunk > 0 ? `0\r\n${fields('X-Trailer', framing.trailers, 20)}\r\n` : '');
}

function fields(name: string, count: number, length: number): string {
  return Array.from({ length: count }, (_, at) => `${name}-${at}: ${'v'.repeat(length)}\r\n`).join('');
}

function headOf({ status, type, challenge, framing, ...reply }: Reply, length: number | undefined): Buffer {
  const { coding } = framing;
  return Buffer.from(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Odd'}\r\n`,
      type === '' ? '' : `Content-Type: ${type}\r\n`,
      coding === 'identity' ? '' : `Content-Encoding: ${coding}\r\n`,
      challenge > 0 ? `WWW-Authenticate: ${challengeOf(challenge)}\r\n` : '',
      fields('X-Field', reply.fields.count, reply.fields.length),
      length === undefined ? '' : `Content-Length: ${length}\r\n`,
      framing.chunk > 0 ? 'Transfer-Encoding: chunked\r\n' : '',
      'Connection: close\r\n\r\n',
    ].join(''),
  );
}

/** A challenge of so many characters. */
export function challengeOf(length: number): string {
  return `Bearer ${'a="b", '.repeat(Math.ceil(length / 7))}realm="x"`;
}

function flowOf(body: Body, framing: Framing, id: string): Flow {
  switch (body.kind) {
    case 'none':
      return { once: Buffer.alloc(0), after: 'end' };
    case 'json':
      return { once: coded(Buffer.from(messageTexts(body.message, id).join('\n')), framing), after: 'end' };
    case 'value':
      return { once: coded(Buffer.from(jsonText(body.value)), framing), after: 'end' };
    case 'raw': {
      if (body.times > 0)
        return { once: coded(Buffer.from(body.text.repeat(body.times)), framing), after: 'end' };
      return {
        once: Buffer.alloc(0),
        loop: { bytes: block(Buffer.from(body.text), framing), rate: 0 },
        after: 'end',
      };
    }
    case 'bomb': {
      const bytes = coded(Buffer.alloc(MIB, 'x'), { ...framing, coding: 'gzip' });
      return { once: Buffer.alloc(0), loop: { bytes, times: body.mebibytes, rate: 0 }, after: 'end' };
    }
    case 'stream':
      return streamFlow(body, framing, id);
  }
}

function streamFlow({ parts, rounds, rate, after }: EventStream, framing: Framing, id: string): Flow {
  const round = Buffer.concat(parts.map(part => partBytes(part, id)));
  const isShort = round.length * rounds <= BLOCK && rate === 0;
  if (rounds === 1 || (rounds > 0 && isShort)) {
    return { once: coded(Buffer.concat(Array.from({ length: rounds }, () => round)), framing), after };
  }
  if (rate > 0) {
    const bytes = coded(round, concatenable(framing));
    return { once: Buffer.alloc(0), loop: { bytes, ...(rounds > 0 ? { times: rounds } : {}), rate }, after };
  }
  const each = Math.max(1, Math.floor(BLOCK / Math.max(1, round.length)));
  const bytes = block(round, framing);
  const times = rounds > 0 ? { times: Math.ceil(rounds / each) } : {};
  return { once: Buffer.alloc(0), loop: { bytes, ...times, rate: 0 }, after };
}

/** As often as it fits into a block; once where it is larger. */
function block(unit: Buffer, framing: Framing): Buffer {
  const times = Math.max(1, Math.floor(BLOCK / Math.max(1, unit.length)));
  return coded(Buffer.concat(Array.from({ length: times }, () => unit)), concatenable(framing));
}

/** One member of gzip may stand behind another; of Brotli it may not, so what is endless comes plain. */
function concatenable(framing: Framing): Framing {
  return { ...framing, coding: framing.coding === 'br' ? 'identity' : framing.coding };
}

function coded(bytes: Buffer, { coding }: Framing): Buffer {
  switch (coding) {
    case 'identity':
      return bytes;
    case 'br':
      return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    case 'gzip':
      return gzipSync(bytes, { level: 1 });
    case 'gzip, gzip':
      return gzipSync(gzipSync(bytes, { level: 1 }), { level: 1 });
  }
}

/** Bytes in chunks of HTTP/1.1, RFC 9112 §7.1; as they are where there are none. */
function framed(bytes: Buffer, { chunk, extension }: Framing): Buffer {
  if (chunk === 0 || bytes.length === 0) return bytes;
  const suffix = extension > 0 ? `;x=${'e'.repeat(extension)}\r\n` : '\r\n';
  const size = Buffer.from(chunk.toString(16) + suffix);
  const whole = Math.floor(bytes.length / chunk);
  const each = size.length + chunk + 2;
  const rest = bytes.subarray(whole * chunk);
  const last = rest.length > 0 ? Buffer.from(rest.length.toString(16) + suffix) : rest;
  const out = Buffer.allocUnsafe(whole * each + (rest.length > 0 ? last.length + rest.length + 2 : 0));
  let at = 0;
  const put = (head: Buffer, from: number, to: number) => {
    at += head.copy(out, at);
    at += bytes.copy(out, at, from, to);
    out[at++] = 13;
    out[at++] = 10;
  };
  for (let n = 0; n < whole; n++) put(size, n * chunk, (n + 1) * chunk);
  if (rest.length > 0) put(last, whole * chunk, bytes.length);
  return out;
}

async function repeat(socket: Socket, { bytes, times, rate }: NonNullable<Flow['loop']>, framing: Framing) {
  const wire = framed(bytes, framing);
  const begun = performance.now();
  let done = 0;
  while (!socket.destroyed && done < (times ?? Number.POSITIVE_INFINITY)) {
    if (rate === 0) {
      await write(socket, wire, framing);
      done++;
      // So that a server that is told to stop hears it.
      await new Promise(resolve => setImmediate(resolve));
      continue;
    }
    const due = Math.min(
      times ?? Number.POSITIVE_INFINITY,
      Math.floor(((performance.now() - begun) / 1000) * rate),
    );
    socket.cork();
    for (; done < due && !socket.writableNeedDrain; done++) socket.write(wire);
    socket.uncork();
    if (socket.writableNeedDrain) await room(socket);
    else await sleep(BEAT);
  }
}

async function write(socket: Socket, bytes: Buffer, { write: size, pause }: Framing): Promise<void> {
  const step = size > 0 ? size : bytes.length;
  for (let at = 0; at < bytes.length && !socket.destroyed; at += step) {
    const hasRoom = socket.write(bytes.subarray(at, at + step));
    if (!hasRoom) await room(socket);
    else if (pause > 0) await sleep(pause);
  }
}

/** Resolves when more may be written, or nothing can be any more. */
function room(socket: Socket): Promise<void> {
  if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve();
  return new Promise(resolve => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
