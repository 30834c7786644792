import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Fault } from '../base/fault.ts';
import { plain, quoted, word } from '../base/text.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Examination } from '../checks/examination.ts';
import type { Flow } from '../checks/flow.ts';
import { examineActively } from '../doctor/active.ts';
import { examineFlow } from '../doctor/flow.ts';
import { fromTrace } from '../doctor/from-trace.ts';
import type { Overrides } from '../doctor/overrides.ts';
import { unconfirmed, whatToConfirm } from '../oauth/authorization-endpoint.ts';
import type { ClientOptions } from '../oauth/client-options.ts';
import type { Span } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';
import { readNamed, type Surroundings, usage } from './argument-text.ts';
import { askTerminal, BELONG_TOGETHER } from './ask-terminal.ts';
import { openInBrowser } from './browser.ts';
import { callbackListener } from './callback.ts';
import { CLIENT_PLAIN_FLAGS, CLIENT_VALUE_FLAGS, readClientOptions } from './client-arguments.ts';
import { printError } from './terminal.ts';

/** The variable with a token of the user's for another resource; an argument would be seen by others. */
const OTHER_TOKEN = 'KEYBRIDGE_DOCTOR_OTHER_TOKEN';

/** What `keybridge doctor` does beyond a look that changes nothing, each only where a flag asks for it. */
export interface Further {
  active: boolean;
  login: boolean;
  /** What the command line says of the client, for `--login`. */
  client: ClientOptions;
  /** What a recorded trace shows; then nothing is asked. */
  trace?: Examination;
}

/**
 * Takes these flags out of a command line of `keybridge doctor`; `rest` is the command line without them.
 * Throws `usage.flag`, and what {@link fromTrace} throws.
 */
export function readFurther(
  argv: readonly string[],
  surroundings: Surroundings,
  { clientId, scope }: Overrides = {},
): { further: Further; rest: string[] } {
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  const rest: string[] = [];
  let traceFile: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (word === '--active' || word === '--login') flags.add(word);
    else if ((CLIENT_VALUE_FLAGS as readonly string[]).includes(name)) {
      const value = equals < 0 ? argv[++at] : word.slice(equals + 1);
      if (value === undefined)
        throw usage(`${name} wants a value.`, '`keybridge doctor --help` lists them all.');
      values.set(name, [...(values.get(name) ?? []), value]);
    } else if (name === '--from-trace') {
      const file = equals < 0 ? argv[++at] : word.slice(equals + 1);
      if (!file) throw usage('--from-trace wants a file.', '`keybridge doctor --help` lists them all.');
      traceFile = file;
    } else if (word !== '--allow-http' && (CLIENT_PLAIN_FLAGS as readonly string[]).includes(word)) {
      flags.add(word);
    } else rest.push(word);
  }
  if (!flags.has('--login') && (values.size > 0 || flags.size > Number(flags.has('--active'))))
    throw usage('Flags of a sign-in say something only beside --login.', 'Add --login, or leave them out.');
  if (flags.has('--login') && clientId !== undefined) {
    if (values.has('--static-oauth-client-info'))
      throw usage('--client-id and --static-oauth-client-info name two clients.', 'Leave one of them out.');
    values.set('--static-oauth-client-info', [JSON.stringify({ client_id: clientId })]);
  }
  // A client registered by hand comes back to a port that follows from the server's URL.
  const places = rest.filter(each => /^https?:/i.test(each)).slice(0, 1);
  const read = readClientOptions({ values, flags, places }, [], surroundings);
  const client = scope === undefined ? read : { ...read, scope: scope.split(' ') };
  const further: Further = { active: flags.has('--active'), login: flags.has('--login'), client };
  if (further.login && rest.filter(each => /^https?:/i.test(each)).length > 1)
    throw usage('--login is for one server at a time.', 'Name one server.');
  if (traceFile === undefined) return { further, rest };
  if (further.active || further.login)
    throw usage('--from-trace asks the server nothing, so it does not go with --active or --login.');
  const [target] = places;
  const text = readNamed('--from-trace', traceFile, surroundings);
  const trace = fromTrace(text, target === undefined ? undefined : (URL.parse(target) ?? undefined));
  return { further: { ...further, trace }, rest: target === undefined ? [...rest, trace.target] : rest };
}

/** Does what was asked for, and says on stderr what it does to the server before it does it. */
export async function examineFurther(
  passive: Examination,
  { active, login, client }: Further,
  span: Span,
  trace: Trace,
  world: Pick<World, 'now' | 'sleep'>,
  options: {
    network?: NetworkSettings | undefined;
    headers?: HeaderList | undefined;
    allowHttp?: boolean | undefined;
    resourceMetadata?: string | undefined;
    issuers?: readonly string[] | undefined;
    overrides?: Overrides | undefined;
  },
): Promise<Examination> {
  let examination: Examination = passive;
  const stop = new AbortController();
  // Whoever presses Ctrl-C leaves no trial client behind either.
  const interrupted = () => stop.abort(new Fault('cancelled', 'The doctor was interrupted.'));
  if (active || login) process.once('SIGINT', interrupted);
  const told = { ...options, onProgress: say, signal: stop.signal };
  try {
    if (active) {
      const otherToken = process.env[OTHER_TOKEN] || undefined;
      examination = await examineActively(examination, span, trace, world, { ...told, otherToken });
    }
    if (login && examination.kind === 'server') {
      const flowWorld = {
        ...world,
        random: (bytes: number) => new Uint8Array(randomBytes(bytes)),
        openBrowser: (url: URL) => openInBrowser(url, process.env.KEYBRIDGE_BROWSER || process.env.BROWSER),
        listenForCallback: callbackListener(),
      };
      examination = await examineFlow(examination, span, trace, flowWorld, {
        ...told,
        client: { ...client, ...(options.allowHttp ? { allowHttp: true } : {}) },
        onLink: (url, opened) =>
          say(opened ? `If no browser tab opened, open ${url}` : `Open in any browser: ${url}`),
        confirm: async hosts => {
          say(whatToConfirm(hosts));
          if (!(await askTerminal(BELONG_TOGETHER)))
            throw unconfirmed(hosts, `If you know that they do: add --sign-in-page ${hosts.page}.`);
        },
        onPaste: readPasted,
        patience: client.authTimeout,
      });
      say(
        examination.flow
          ? outcomeOf(examination.flow)
          : 'The server wants no sign-in; the first calls were made without one.',
      );
    }
  } finally {
    process.off('SIGINT', interrupted);
  }
  for (const { issuer, clientId, deleted } of examination.trials ?? [])
    if (!deleted)
      say(`The trial client ${word(clientId, 100)} stays registered at ${issuer}: it could not be deleted.`);
  return examination;
}

/** How the sign-in ended, in a line. */
function outcomeOf({ failure, token, issuer }: Flow): string {
  if (failure) return `The sign-in did not succeed: ${Fault.from(failure).sentence}`;
  const { claims, format } = token ?? {};
  if (format !== 'jwt') return `Signed in at ${issuer}. The token can be read by nobody but its issuer.`;
  const audience = quoted([claims?.aud ?? 'nobody'].flat().join(', '));
  const scope = claims?.scope ? `, scope ${quoted(String(claims.scope))}` : '';
  return `Signed in at ${issuer}. The token is of ${claims?.iss === undefined ? 'no issuer' : word(String(claims.iss), 200)}, for ${audience}${scope}.`;
}

function say(text: string): void {
  printError(`${plain(text, 4000)}\n`);
}

/** Takes lines from the terminal while a sign-in waits. */
function readPasted(take: (text: string) => Promise<void>): () => void {
  say('If the browser ends on a page it cannot reach, or on an error, paste its address or its text here.');
  const lines = createInterface({ input: process.stdin });
  lines.on('line', line => {
    if (line.trim() === '') return;
    take(line).catch(error => say(Fault.of(error).sentence));
  });
  return () => {
    lines.close();
    process.stdin.destroy();
  };
}
