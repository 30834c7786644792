import { connect, type Socket } from 'node:net';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import { sharedSecret, socketPath } from './home.ts';
import { type Identity, OWN, outranks, readIdentity } from './identity.ts';
import { pidFile, writtenBroker } from './pid-file.ts';
import {
  type BrokerLine,
  controlLine,
  type Greeting,
  type HandOverLine,
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
  /** Bytes that came behind the handshake. */
  rest: Buffer;
}

/** A broker that has proved itself and was told nothing yet. */
export interface Met {
  readonly broker: Identity;
  /**
   * Says what is wanted and waits for the `ok`. Throws the broker's own fault, `broker.lost` when it is just
   * ending, `broker.version` when it speaks another version of the wire and the greeting is not one that
   * every version understands.
   */
  greet(greeting: Greeting): Promise<Connection>;
  /** As {@link Met.greet}, with a reader in place of the rest, and the `ok` itself. */
  ask(greeting: Greeting): Promise<{ socket: Socket; reader: LineReader; ok: Partial<HandOverLine> }>;
  close(): void;
}

/**
 * Connects to the running broker of a state folder and greets it. `undefined` when none runs. Throws what
 * {@link meetBroker} and {@link Met.greet} throw.
 */
export async function connectBroker(folder: string, greeting: Greeting): Promise<Connection | undefined> {
  return (await meetBroker(folder))?.greet(greeting);
}

/**
 * Connects to the running broker of a state folder. `undefined` when none runs. Throws `broker.refused`
 * when what listens there cannot prove that it knows the folder's secret, `broker.unreachable` when it
 * says nothing, `broker.lost` when it hangs up; one that is just ending does.
 */
export async function meetBroker(folder: string): Promise<Met | undefined> {
  const path = socketPath(folder, true);
  if (path === undefined) return undefined;
  const socket = await open(path);
  return socket && meet(socket, sharedSecret(folder), endIt(folder, path));
}

/** What can be done about a program on the socket that is not the broker, or is one that hangs. */
function endIt(folder: string, path: string): string {
  const pid = writtenBroker(folder)?.pid;
  return pid === undefined
    ? `End the program that listens on ${path}, and try again.`
    : `End process ${pid} if it is Keybridge's (it wrote so to ${pidFile(folder)}), and try again.`;
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

/** `leaving`: it said so itself, and another may follow. */
function hungUp(remedy = 'Try again.', leaving = false): Fault {
  return new Fault('broker.lost', "Keybridge's own process closed the connection before it was ready.", {
    remedy,
    ...(leaving ? { data: { leaving: 'yes' } } : {}),
  });
}

/** Whether a `broker.lost` is of a broker that is ending on purpose, which may take the time that calls take. */
export function isLeaving(fault: Fault): boolean {
  return fault.code === 'broker.lost' && fault.data?.leaving === 'yes';
}

async function meet(socket: Socket, secret: Buffer, remedy: string): Promise<Met> {
  const reader = lineReader(socket);
  const mine = nonce();
  const hello = await inTime(socket, remedy, async () => {
    socket.write(controlLine({ keybridge: WIRE_VERSION, nonce: mine }));
    const said = readControl<Extract<BrokerLine, { proof: string }>>(await reader.line());
    if ('goodbye' in said) throw hungUp(remedy, true);
    if (!sameProof(said.proof, proof(secret, 'broker', mine, String(said.nonce ?? '')))) {
      throw new Fault(
        'broker.refused',
        'The program on the socket does not know the secret of the state folder, so it was told nothing.',
        { remedy },
      );
    }
    return said;
  });
  const broker = readIdentity({ ...hello, wire: hello.keybridge });
  const ask: Met['ask'] = greeting =>
    inTime(socket, remedy, async () => {
      const isTimeless = greeting.kind === 'stop' || greeting.kind === 'handover';
      if (broker.wire !== WIRE_VERSION && !isTimeless) throw misunderstood(broker);
      const known = proof(secret, 'client', mine, String(hello.nonce ?? ''));
      socket.write(controlLine({ proof: known, greeting }));
      const ok = readControl<HandOverLine>(await reader.line());
      if ('fault' in ok) throw Fault.from(ok.fault);
      if ('goodbye' in ok) throw hungUp(remedy, true);
      return { socket, reader, ok };
    });
  return {
    broker,
    ask,
    greet: async greeting => {
      await ask(greeting);
      return { socket, rest: reader.rest() };
    },
    close: () => socket.destroy(),
  };
}

/** A broker that cannot be used and did not hand over. */
function misunderstood({ version, wire, kind }: Identity): Fault {
  const name = `${kind === 'desktop' ? 'The Keybridge app' : 'The Keybridge'} that runs (${plain(version, 40)})`;
  return outranks({ version, wire, kind }, OWN)
    ? new Fault(
        'broker.version',
        `${name} is newer than this one (${OWN.version}), which cannot speak with it.`,
        {
          remedy: 'Update this one, or end the newer one with `keybridge stop`.',
        },
      )
    : new Fault('broker.version', `${name} is of another version than this one (${OWN.version}).`, {
        remedy: 'End it with `keybridge stop`, and try again.',
      });
}

/** Does one step of a conversation on a socket, which is hung up on where the step fails or takes too long. */
async function inTime<T>(socket: Socket, remedy: string, step: () => Promise<T>): Promise<T> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, HANDSHAKE);
  try {
    return await step();
  } catch (error) {
    socket.destroy();
    if (late) {
      const seconds = HANDSHAKE / 1000;
      throw new Fault('broker.unreachable', `Keybridge's own process has not answered for ${seconds} s.`, {
        remedy,
        cause: error,
      });
    }
    if (error instanceof Fault && error.code === 'broker.lost') throw hungUp(remedy, isLeaving(error));
    if (error instanceof Fault && error.code === 'broker.refused' && !error.remedy)
      throw new Fault(error.code, error.message, { remedy, cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export type LineReader = ReturnType<typeof lineReader>;

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
