import type { Socket } from 'node:net';
import type { Scheduler } from '../base/scheduler.ts';
import type { HostChannel, Message, Parcel } from '../bridge/channel.ts';
import { LineSplitter } from '../bridge/lines.ts';
import { Mailbox } from '../bridge/mailbox.ts';
import { answered, scan } from '../bridge/scan.ts';
import type { Budget } from './budget.ts';
import { LargeRequests } from './large-requests.ts';
import type { OpenRequests } from './open-requests.ts';
import { controlLine, isControl, readControl } from './wire.ts';
import { writeLine } from './write-line.ts';

/** Bytes of a line; what is longer is offered first. */
const LONGEST_UNASKED = 4 * 1024 * 1024;
/** Units of work for a line. */
const LINE_COST = 2_000;
const LF = 0x0a;

/** The host's side of a bridge: the shim's socket as a channel, with pressure passed on both ways. */
export function hostChannel(
  socket: Socket,
  rest: Uint8Array,
  open: OpenRequests,
  budget: Budget,
  scheduler: Scheduler,
): HostChannel {
  const box = new Mailbox();
  const splitter = new LineSplitter({ limit: LONGEST_UNASKED, onTooLong: () => socket.destroy() });
  const large = new LargeRequests(budget, verdict => {
    if (socket.writable) socket.write(controlLine(verdict));
  });
  const control = (line: Uint8Array) => {
    const said = readControl(line) as Record<string, unknown>;
    if (typeof said.offer === 'number')
      large.offered(said.offer, Number(said.bytes)).catch(() => socket.destroy());
    if (typeof said.ping === 'number' && socket.writable) socket.write(controlLine({ pong: said.ping }));
    if (typeof said.withdrawn === 'number') large.withdrawn(said.withdrawn);
    if (typeof said.large === 'number') large.begin(said.large);
    if (said.holding) {
      large.withdrawn();
      open.held();
    }
  };
  let isWaiting = false;
  let hasEnded = false;
  const rooms: Promise<void>[] = [];
  const put = (message: Message | undefined) => {
    if (!message) return;
    open.asked(message);
    const room = box.push(message);
    if (room) rooms.push(room);
  };
  const take = (chunk: Uint8Array) => {
    const { length } = chunk;
    for (let at = 0; at < length; ) {
      if (large.isArriving) {
        const { taken, message } = large.push(at === 0 ? chunk : chunk.subarray(at));
        put(message);
        at += taken;
        continue;
      }
      // One line at a time: what is behind it may not be lines.
      const end = chunk.indexOf(LF, at);
      const next = end === -1 ? length : end + 1;
      for (const line of splitter.push(chunk.subarray(at, next))) {
        if (isControl(line)) control(line);
        else put(scan(line));
      }
      const turn = scheduler.account('hosts', 'messages', LINE_COST + 2 * (next - at));
      at = next;
      if (!turn || at === length) continue;
      // A chunk may hold thousands of lines; the rest of it has its turn later.
      socket.pause();
      isWaiting = true;
      void turn.then(() => {
        isWaiting = false;
        takeOrHangUp(chunk.subarray(at));
        if (hasEnded) gone();
      });
      return;
    }
    if (rooms.length === 0) {
      if (socket.isPaused() && !socket.destroyed) socket.resume();
      return;
    }
    // A host that writes faster than the server takes waits, and its pipe fills.
    socket.pause();
    void Promise.all(rooms.splice(0)).then(() => socket.resume());
  };
  const takeOrHangUp = (chunk: Uint8Array) => {
    try {
      take(chunk);
    } catch {
      socket.destroy();
    }
  };
  const gone = () => {
    hasEnded = true;
    // What came before the end is still taken.
    if (isWaiting) return;
    large.close();
    box.end();
  };
  socket.on('data', takeOrHangUp);
  socket.on('close', gone);
  socket.on('end', gone);
  takeOrHangUp(rest);
  if (box.hasRoom && !isWaiting) socket.resume();
  let drained: Promise<void> | undefined;
  const untilDrained = () => {
    drained ??= new Promise(resolve => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        drained = undefined;
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
    return drained;
  };
  let gathering = false;
  /** The lines of one turn of the event loop share a system call, which is most of what a small one costs. */
  const gather = () => {
    if (gathering) return;
    gathering = true;
    socket.cork();
    setImmediate(() => {
      gathering = false;
      socket.uncork();
    });
  };
  return {
    messages: box,
    async send(parcel) {
      gather();
      const full = socket.writable && !write(socket, parcel);
      if (parcel.kind !== 'piece' && parcel.kind !== 'dropped') {
        open.answered(parcel);
        for (const id of answered(parcel)) large.answered(id);
      }
      if (full) await untilDrained();
    },
    close: async () => {
      socket.end();
    },
  };
}

/** False: the shim reads slower than we write. */
function write(socket: Socket, parcel: Parcel): boolean {
  if (parcel.kind === 'dropped') return socket.write(controlLine({ dropped: parcel.transfer }));
  if (parcel.kind === 'piece') {
    const bytes = parcel.bytes.reduce((size, { length }) => size + length, 0);
    socket.cork();
    let room = socket.write(controlLine({ piece: parcel.transfer, bytes }));
    for (const each of parcel.bytes) room = socket.write(each);
    socket.uncork();
    return room;
  }
  const { transfer, bytes } = parcel;
  if (transfer === undefined) return writeLine(socket, [bytes]);
  return socket.write(controlLine({ whole: transfer, answers: answered(parcel) }));
}
