import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../api/contract.ts';
import { callApi } from '../api/rpc.ts';
import { Fault } from '../base/fault.ts';
import { plain, shownUrl } from '../base/text.ts';
import type { BridgeSettings } from '../broker/settings.ts';
import { parseArguments } from './arguments.ts';
import { type Connection, connectBroker, isLeaving } from './connect.ts';
import { HELP, helpFor } from './help.ts';
import { homeFolder, secureFolder } from './home.ts';
import { callableLines } from './line-port.ts';
import { untilFree } from './lock.ts';
import { runLogin } from './login-command.ts';
import { readNetwork } from './network.ts';
import { openWindow } from './open-command.ts';
import { writtenBroker } from './pid-file.ts';
import { runShim } from './shim.ts';
import { isStarting, reachBroker } from './start-broker.ts';
import { printStatus } from './status-command.ts';
import { print, printError } from './terminal.ts';
import { runTrace } from './trace-command.ts';
import { askedVault } from './vault-choice.ts';
import { VERSION } from './version.ts';
import type { Greeting } from './wire.ts';

async function run(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  const help = helpFor(argv);
  if (help !== undefined) {
    print(help);
    return 0;
  }
  if (command === '--version' || command === '-v') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  switch (command) {
    case undefined:
      process.stderr.write(HELP);
      return 2;
    case 'login':
      return forTarget(rest, (api, settings) => runLogin(api, settings, rest.includes('--json')));
    case 'logout':
      return forTarget(rest, async (api, settings) =>
        say(
          (await api.logout(settings))
            ? `Signed out of ${name(settings)}.`
            : `There was no sign-in to ${name(settings)}.`,
        ),
      );
    case 'forget':
      return forTarget(rest, async (api, settings) => {
        await api.forget(settings);
        return say(`Nothing is known of ${name(settings)} any more.`);
      });
    case 'status':
      only(rest, ['--json']);
      return withRunning(
        async api => printStatus(await api.status(), rest.includes('--json')),
        () => printStatus(undefined, rest.includes('--json')),
      );
    case 'trace':
      return runTrace(rest, withRunning);
    case 'open':
      only(rest, ['--print']);
      return using(await reachBroker(homeFolder(), { kind: 'api' }), api =>
        openWindow(api, rest.includes('--print')),
      );
    case 'stop':
      only(rest, []);
      return stop();
    case 'doctor': {
      // Hundreds of rules that a bridge has no use for.
      const { runDoctor } = await import('./doctor-command.ts');
      return runDoctor(rest);
    }
    case 'explain': {
      const { runExplain } = await import('./explain-command.ts');
      return runExplain(rest);
    }
    case 'fix': {
      const { runFix } = await import('./fix-command.ts');
      return runFix(rest);
    }
    case 'lint': {
      const { runLint } = await import('./lint-command.ts');
      return runLint(rest);
    }
    case 'lab': {
      // Loaded only when asked for: the libraries it wants have no place in a normal start.
      const { runLab } = await import('../lab/main.ts');
      return runLab(rest);
    }
    default:
      if (/^[a-z]+(?:-[a-z]+)*$/.test(command)) {
        throw new Fault('usage.flag', 'The first argument is neither a command nor the URL of a server.', {
          remedy: '`keybridge --help` lists the commands; a URL begins with https://.',
        });
      }
      await runShim(argv);
      return new Promise(() => {});
  }
}

function name({ server, profile }: BridgeSettings): string {
  return profile === 'default' ? shownUrl(server) : `${shownUrl(server)} as ${profile}`;
}

function say(text: string): number {
  print(`${plain(text, 4_000)}\n`);
  return 0;
}

function only(argv: readonly string[], allowed: readonly string[]): void {
  const other = argv.find(word => !allowed.includes(word));
  if (other !== undefined) {
    throw new Fault('usage.flag', `"${other.slice(0, 80)}" does not belong here.`, {
      remedy: '`keybridge --help` lists what does.',
    });
  }
}

function readTarget(argv: readonly string[]): BridgeSettings {
  const { settings, notes } = parseArguments(argv, {
    env: process.env,
    readFile: path => readFileSync(path, 'utf8'),
    platform: process.platform,
  });
  if (!settings.silent) for (const note of notes) printError(`keybridge: ${note}\n`);
  return { ...settings, network: { ...settings.network, ...readNetwork(process.env) } };
}

/** Milliseconds a broker that hangs up is taken to be just ending; longer where it says that it is. */
const ENDING = 3_000;
const LEAVING = 30_000;
/** Milliseconds a broker has to make its socket anew that runs without one, and to end in good order without it. */
const HIDDEN = 4_000;
const LAST_ORDERS = 15_000;

type Work = (api: Api) => Promise<number>;

/** Asks the broker about a server, starting it when none runs; a command line that is wrong starts nothing. */
async function forTarget(
  argv: readonly string[],
  work: (api: Api, settings: BridgeSettings) => Promise<number>,
): Promise<number> {
  const settings = readTarget(argv);
  askedVault(process.env);
  return using(await reachBroker(homeFolder(), { kind: 'api' }), api => work(api, settings));
}

/** Asks the broker if one runs. */
async function withRunning(work: Work, none: () => number): Promise<number> {
  const connection = await findRunning({ kind: 'api' });
  return connection ? using(connection, work) : none();
}

/** Ends the broker, of whatever version it is, and waits until it has ended. */
async function stop(): Promise<number> {
  const connection = await findRunning({ kind: 'stop' });
  if (!connection) {
    return say((await endHidden(homeFolder())) ? 'Keybridge is stopped.' : 'Keybridge was not running.');
  }
  connection.socket.resume();
  await once(connection.socket, 'close');
  await untilFree(join(homeFolder(), 'broker.lock'));
  return say('Keybridge is stopped.');
}

/** Ends a broker that runs and cannot be reached. False: there is none. Throws `broker.unreachable`. */
async function endHidden(folder: string): Promise<boolean> {
  const hidden = writtenBroker(folder);
  if (!hidden?.certain) return false;
  process.kill(hidden.pid, 'SIGTERM');
  for (const since = Date.now(); hidden.runs(); ) {
    if (Date.now() - since > LAST_ORDERS) {
      throw new Fault('broker.unreachable', `Keybridge's own process (${hidden.pid}) does not end.`, {
        remedy: 'End it yourself.',
      });
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  await untilFree(join(folder, 'broker.lock'));
  return true;
}

async function findRunning(greeting: Greeting): Promise<Connection | undefined> {
  const folder = homeFolder();
  // What lies in a folder that is not the user's alone is not to be believed here either.
  if (existsSync(folder)) secureFolder(folder);
  for (const since = Date.now(); ; ) {
    const connection = await connectBroker(folder, greeting).catch(error => {
      const limit = error instanceof Fault && isLeaving(error) ? LEAVING : ENDING;
      const isEnding = error instanceof Fault && error.code === 'broker.lost';
      if (!isEnding || Date.now() - since > limit) throw error;
      return 'ending' as const;
    });
    if (connection !== undefined && connection !== 'ending') return connection;
    // One that is just being started would be missed, and a `stop` be for nothing.
    const isHidden = writtenBroker(folder)?.certain && Date.now() - since < HIDDEN;
    if (connection === undefined && !isHidden && !isStarting(folder)) return undefined;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

async function using({ socket, rest }: Connection, work: Work): Promise<number> {
  try {
    return await work(callApi(callableLines(socket, rest)));
  } finally {
    socket.end();
    // A broker that hangs now keeps nobody's terminal.
    socket.unref();
  }
}

/**
 * Runs one command line. Resolves with the exit code: 0, 1 when something could not be reached or signed
 * in to, 2 for a command line that is wrong.
 */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads has had enough, as `head` has.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`keybridge: The output cannot be written (${error.code}).\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {});
  try {
    return await run(argv);
  } catch (error) {
    const fault = Fault.of(error);
    printError(`keybridge: ${plain(fault.sentence, 4_000)}\n`);
    return fault.code.startsWith('usage.') ? 2 : 1;
  }
}
