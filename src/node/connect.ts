import { connect, type Socket } from 'node:net';
import { Fault } from '../base/fault.ts';
import { sharedSecret, socketPath } from './home.ts';
import {
  type BrokerLine,
  controlLine,
  type Greeting,
  isControl,
  nonce,
  proof,
  readControl,
  sameProof,
  WIRE_VERSION,
} from './wire.ts';

/** Milliseconds the other side has for the whole handshake. */
const HANDSHAKE = 10_000;
const MAX_HANDSHAKE_BYTES = 64 * 1024;

export interface Connection {
  socket: Socket;
  /** The broker's version. */
  version: string;
  /** Bytes that came behind the handshake. */
  rest: Buffer;
}

/**
 * Connects to the running broker of a state folder. `undefined` when none runs. Throws `broker.refused`
 * when what listens there cannot prove that it knows the folder's secret, `broker.version` when it speaks
 * another version of the wire.
 */
export async function connectBroker(folder: string, greeting: Greeting): Promise<Connection | undefined> {
  const path = socketPath(folder, true);
  if (path === undefined) return undefined;
  const socket = await open(path);
  if (!socket) return undefined;
  try {
    return await handshake(socket, sharedSecret(folder), greeting);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Whether anything listens on a socket at all. */
export async function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // Until somebody listens, an error must not end the process; 'close' follows it.
      socket.on('error', () => {});
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // EAGAIN: its queue of connections is full; ECONNRESET: it is just ending.
      if (['ENOENT', 'ECONNREFUSED', 'EAGAIN', 'ECONNRESET'].includes(error.code ?? '')) resolve(undefined);
      else
        reject(
          new Fault('broker.unreachable', `The socket ${path} cannot be used (${error.code}).`, {
            remedy: 'Set KEYBRIDGE_HOME to a folder of yours.',
            cause: error,
          }),
        );
    });
  });
}

async function handshake(socket: Socket, secret: Buffer, greeting: Greeting): Promise<Connection> {
  const reader = lineReader(socket);
  const timer = setTimeout(() => socket.destroy(), HANDSHAKE);
  try {
    const mine = nonce();
    socket.write(controlLine({ keybridge: WIRE_VERSION, nonce: mine }));
    const hello = readControl<Extract<BrokerLine, { proof: string }>>(await reader.line());
    const theirs = String(hello.nonce ?? '');
    if (!sameProof(hello.proof, proof(secret, 'broker', mine, theirs))) {
      throw new Fault(
        'broker.refused',
        'The program on the socket does not know the secret of the state folder.',
        {
          remedy: 'Nothing was sent to it. Run `keybridge stop`, or set KEYBRIDGE_HOME to another folder.',
        },
      );
    }
    if (hello.keybridge !== WIRE_VERSION) {
      throw new Fault('broker.version', `The running Keybridge (${hello.version}) is of another version.`, {
        remedy: 'Run `keybridge stop` with that version, then start again.',
      });
    }
    socket.write(controlLine({ proof: proof(secret, 'client', mine, theirs), greeting }));
    const answer = readControl<Extract<BrokerLine, { ok: true }> & Extract<BrokerLine, { fault: unknown }>>(
      await reader.line(),
    );
    if (answer.fault) throw Fault.from(answer.fault);
    return { socket, version: String(hello.version ?? ''), rest: reader.rest() };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the few lines of a handshake and leaves everything behind them in `rest`. */
export function lineReader(socket: Socket) {
  let buffer: Buffer = Buffer.alloc(0);
  let wake: (() => void) | undefined;
  let ended = false;
  const onData = (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    if (buffer.length > MAX_HANDSHAKE_BYTES * 64) socket.destroy();
    wake?.();
  };
  const onClose = () => {
    ended = true;
    wake?.();
  };
  socket.on('data', onData);
  socket.on('close', onClose);
  return {
    async line(): Promise<Buffer> {
      for (;;) {
        const end = buffer.indexOf(0x0a);
        if (end >= 0) {
          const line = buffer.subarray(0, end);
          buffer = buffer.subarray(end + 1);
          if (!isControl(line))
            throw new Fault(
              'broker.refused',
              'The program on the socket does not speak as a Keybridge does.',
            );
          return line;
        }
        if (ended)
          throw new Fault('broker.lost', 'The broker closed the connection before it was ready.', {
            remedy: 'Try again.',
          });
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    },
    /** Stops reading; the socket is paused, for the next reader. */
    rest(): Buffer {
      socket.pause();
      socket.off('data', onData);
      socket.off('close', onClose);
      return buffer;
    },
  };
}
