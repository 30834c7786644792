import type { Socket } from 'node:net';
import type { HostChannel, Parcel } from '../bridge/channel.ts';
import { LineSplitter } from '../bridge/lines.ts';
import { Mailbox } from '../bridge/mailbox.ts';
import { answered, scan } from '../bridge/scan.ts';
import type { OpenRequests } from './open-requests.ts';
import { type ClientLine, controlLine, isControl, readControl } from './wire.ts';
import { writeLine } from './write-line.ts';

/** The host's side of a bridge: the shim's socket as a channel, with pressure passed on both ways. */
export function hostChannel(socket: Socket, rest: Uint8Array, open: OpenRequests): HostChannel {
  const box = new Mailbox();
  const splitter = new LineSplitter();
  const take = (chunk: Uint8Array) => {
    let room: Promise<void> | undefined;
    for (const line of splitter.push(chunk)) {
      if (isControl(line)) {
        if (readControl<Extract<ClientLine, { holding: true }>>(line).holding) open.held();
        continue;
      }
      const message = scan(line);
      if (!message) continue;
      open.asked(message);
      room = box.push(message) ?? room;
    }
    if (!room) return;
    // A host that writes faster than the server takes waits, and its pipe fills.
    socket.pause();
    void room.then(() => socket.resume());
  };
  const takeOrHangUp = (chunk: Uint8Array) => {
    try {
      take(chunk);
    } catch {
      socket.destroy();
    }
  };
  socket.on('data', takeOrHangUp);
  socket.on('close', () => box.end());
  socket.on('end', () => box.end());
  takeOrHangUp(rest);
  if (box.hasRoom) socket.resume();
  let drained: Promise<void> | undefined;
  const room = () => {
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
  return {
    messages: box,
    async send(parcel) {
      const full = socket.writable && !write(socket, parcel);
      if (parcel.kind !== 'piece' && parcel.kind !== 'dropped') open.answered(parcel);
      if (full) await room();
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
