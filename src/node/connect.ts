import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import { sharedSecret, socketPath } from './home.ts';
import { readOwn } from './own-file.ts';
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
 * when what listens there cannot prove that it knows the folder's secret, `broker.unreachable` when it
 * says nothing, `broker.lost` when it hangs up (one that is just ending does), `broker.version` when it
 * speaks another version of the wire.
 */
export async function connectBroker(folder: string, greeting: Greeting): Promise<Connection | undefined> {
  const path = socketPath(folder, true);
  if (path === undefined) return undefined;
  const socket = await open(path);
  if (!socket) return undefined;
  try {
    return await handshake(socket, sharedSecret(folder), greeting, endIt(folder, path));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** What can be done about a program on the socket that is not the broker, or is one that hangs. */
function endIt(folder: string, path: string): string {
  const pid = brokerProcess(folder);
  return pid === undefined
    ? `End the program that listens on ${path}, and try again.`
    : `End process ${pid} if it is Keybridge's (it wrote so to ${pidFile(folder)}), and try again.`;
}

/** The file in which a broker says which process it is, for when it does not answer any more. */
export function pidFile(folder: string): string {
  return join(folder, 'broker.pid');
}

function brokerProcess(folder: string): number | undefined {
  try {
    const pid = Number.parseInt(String(readOwn(pidFile(folder))), 10);
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

/** Connects if anything listens at all. Throws `broker.lost` when it has no time, `broker.unreachable`. */
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
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      // Its queue of connections is full, or it is just ending: somebody is there all the same.
      else if (error.code === 'EAGAIN' || error.code === 'ECONNRESET') reject(hungUp());
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

function hungUp(remedy = 'Try again.'): Fault {
  return new Fault('broker.lost', "Keybridge's own process closed the connection before it was ready.", {
    remedy,
  });
}

async function handshake(
  socket: Socket,
  secret: Buffer,
  greeting: Greeting,
  remedy: string,
): Promise<Connection> {
  const reader = lineReader(socket);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, HANDSHAKE);
  try {
    const mine = nonce();
    socket.write(controlLine({ keybridge: WIRE_VERSION, nonce: mine }));
    const hello = readControl<Extract<BrokerLine, { proof: string }>>(await reader.line());
    if ('goodbye' in hello) throw hungUp(remedy);
    const theirs = String(hello.nonce ?? '');
    if (!sameProof(hello.proof, proof(secret, 'broker', mine, theirs))) {
      throw new Fault(
        'broker.refused',
        'The program on the socket does not know the secret of the state folder, so it was told nothing.',
        { remedy },
      );
    }
    if (hello.keybridge !== WIRE_VERSION) {
      throw new Fault(
        'broker.version',
        `The running Keybridge (${plain(String(hello.version), 40)}) is of another version.`,
        { remedy },
      );
    }
    socket.write(controlLine({ proof: proof(secret, 'client', mine, theirs), greeting }));
    const answer = readControl<Extract<BrokerLine, { ok: true }> & Extract<BrokerLine, { fault: unknown }>>(
      await reader.line(),
    );
    if (answer.fault) throw Fault.from(answer.fault);
    if ('goodbye' in answer) throw hungUp(remedy);
    return { socket, version: String(hello.version ?? ''), rest: reader.rest() };
  } catch (error) {
    if (late) {
      const seconds = HANDSHAKE / 1000;
      throw new Fault('broker.unreachable', `Keybridge's own process has not answered for ${seconds} s.`, {
        remedy,
        cause: error,
      });
    }
    if (error instanceof Fault && error.code === 'broker.lost') throw hungUp(remedy);
    if (error instanceof Fault && error.code === 'broker.refused' && !error.remedy)
      throw new Fault(error.code, error.message, { remedy, cause: error });
    throw error;
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
        if (ended) throw hungUp();
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
