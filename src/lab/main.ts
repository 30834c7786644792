import { parseArgs } from 'node:util';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import type { Lab, LabOptions } from './lab.ts';
import { STAGED } from './staged/all.ts';
import type { Stage } from './staged/stage.ts';
import { listed, stagedWords } from './staged-main.ts';

const HELP = `keybridge lab: a practice MCP server and its authorization server, on this machine only
keybridge lab <name>: a server with one fault, to see what keybridge doctor says of it
keybridge lab --list: every name, what is wrong there, and the codes the doctor shows

  --port N               the MCP server's port; its authorization server takes the next one, and an
                         HTTP+SSE server the one after (any free ports when left out)
  --token-life SECONDS   how long an access token lives (3600)
  --no-auth              let everybody in
  --json-answers         answer with JSON instead of streams
  --sse                  start an HTTP+SSE server (2024-11-05) too
  --no-nginx             have the lab's own proxy before a server, and not nginx, which is taken where it is
                         installed (--list says which)
  --json                 print one line of JSON instead of words
  --until-stdin-closes   end when standard input ends
  --help                 this text

Of these a server with a fault knows --port, --no-nginx, --json and --until-stdin-closes.
Any account name signs in. Nothing is kept when the lab ends.
`;

/**
 * What `keybridge lab` runs: the lab until SIGINT, SIGTERM, SIGHUP or, when asked, the end of stdin. Answers the
 * exit code: 0, 1 when it could not be started, 2 for a flag that is not one.
 */
export async function runLab(argv: readonly string[]): Promise<number> {
  let flags: Flags;
  try {
    flags = readFlags(argv);
  } catch (thrown) {
    process.stderr.write(`keybridge: ${Fault.of(thrown, 'usage.flag').sentence}\n`);
    return 2;
  }
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (flags.list) {
    process.stdout.write(listed(STAGED, flags.nginx));
    return 0;
  }
  // Heard from now on, so that a signal during the start is not lost.
  const ended = endOf(flags.untilStdinCloses);
  let started: Started;
  try {
    started = await (flags.stage ? startStage(flags.stage, flags) : startWhole(flags));
  } catch (thrown) {
    ended.forget();
    process.stderr.write(`keybridge: ${problem(thrown)}\n`);
    return 1;
  }
  try {
    process.stdout.write(flags.json ? `${JSON.stringify(started.urls)}\n` : started.words);
    await ended.promise;
  } finally {
    ended.forget();
    await started.close();
  }
  return 0;
}

interface Started {
  urls: Record<string, string>;
  words: string;
  close(): Promise<void>;
}

async function startWhole(flags: Flags): Promise<Started> {
  const { startLab } = await import('./lab.ts');
  const lab = await startLab(flags.options);
  return { urls: urlsOf(lab, flags), words: words(lab, flags), close: () => lab.close() };
}

async function startStage(stage: Stage, { options, nginx }: Flags): Promise<Started> {
  const running = await stage.start({ ...options, nginx });
  const words = stagedWords(stage, running, nginx);
  return { urls: { serverUrl: running.url }, words, close: () => running.close() };
}

interface Flags {
  options: LabOptions;
  json: boolean;
  untilStdinCloses: boolean;
  help: boolean;
  list: boolean;
  /** False: the lab's own proxy, even where nginx is installed. */
  nginx: boolean;
  /** The server with a fault that was named. */
  stage: Stage | undefined;
}

/** Throws `usage.flag`. */
function readFlags(argv: readonly string[]): Flags {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      'token-life': { type: 'string' },
      'no-auth': { type: 'boolean' },
      'json-answers': { type: 'boolean' },
      sse: { type: 'boolean' },
      json: { type: 'boolean' },
      'until-stdin-closes': { type: 'boolean' },
      'no-nginx': { type: 'boolean' },
      help: { type: 'boolean' },
      list: { type: 'boolean' },
    },
  });
  const stage = stageNamed(positionals);
  const unfit = STAGE_UNFIT.find(name => stage && values[name] !== undefined);
  if (unfit) throw new Fault('usage.flag', `--${unfit} is for the lab without a name.`);
  if (values['no-nginx'] && !values.list && !stage?.isBehindProxy)
    throw new Fault(
      'usage.flag',
      '--no-nginx is for the servers behind a proxy; "--list" says which they are.',
    );
  const port = wholeNumber('--port', values.port, 0, 65_533) ?? 0;
  const tokenLife = wholeNumber('--token-life', values['token-life'], 1, 30 * 24 * 3600);
  return {
    options: {
      ...(port === 0 ? {} : { port, issuerPort: port + 1, ssePort: port + 2 }),
      ...(tokenLife === undefined ? {} : { tokenLife }),
      auth: !values['no-auth'],
      jsonAnswers: values['json-answers'] ?? false,
      sse: values.sse ?? false,
    },
    json: values.json ?? false,
    untilStdinCloses: values['until-stdin-closes'] ?? false,
    help: values.help ?? false,
    list: values.list ?? false,
    nginx: !values['no-nginx'],
    stage,
  };
}

/** What only the whole lab heeds. */
const STAGE_UNFIT = ['token-life', 'no-auth', 'json-answers', 'sse'] as const;

/** Throws `usage.flag` for a name there is not. */
function stageNamed([name, ...more]: readonly string[]): Stage | undefined {
  if (name === undefined) return undefined;
  const found = STAGED.find(stage => stage.name === name);
  if (found && more.length === 0) return found;
  const problem = found
    ? 'One name at a time.'
    : `There is no server called "${plain(name, 60)}" in the lab.`;
  throw new Fault('usage.flag', `${problem} "keybridge lab --list" lists them.`);
}

function wholeNumber(flag: string, text: string | undefined, least: number, most: number) {
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Fault('usage.flag', `${flag} is a whole number from ${least} to ${most}.`);
}

function urlsOf(lab: Lab, flags: Flags): Record<string, string> {
  return {
    serverUrl: lab.serverUrl,
    ...(lab.sseUrl === undefined ? {} : { sseUrl: lab.sseUrl }),
    ...(flags.options.auth === false ? {} : { issuer: lab.issuer }),
  };
}

function words(lab: Lab, flags: Flags): string {
  const sse = lab.sseUrl === undefined ? '' : `HTTP+SSE server       ${lab.sseUrl}\n`;
  const issuer = flags.options.auth === false ? 'none; everybody is let in' : lab.issuer;
  return `The lab is running on this machine.

MCP server            ${lab.serverUrl}
${sse}Authorization server  ${issuer}

Try it:  keybridge ${lab.serverUrl}

Any account name signs in. Ctrl+C ends the lab, and it forgets everything.
`;
}

function problem(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_MODULE_NOT_FOUND') {
    return 'The lab needs oidc-provider and @modelcontextprotocol/sdk; install them with: npm install --include=optional';
  }
  return Fault.of(thrown).sentence;
}

/** The last comes when a terminal is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens at once; `forget` lets the process end by itself. */
function endOf(stdin: boolean): { promise: Promise<void>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of SIGNALS) process.on(signal, resolve);
  if (stdin) process.stdin.on('end', resolve).on('close', resolve).resume();
  return {
    promise,
    forget: () => {
      for (const signal of SIGNALS) process.off(signal, resolve);
      if (stdin) process.stdin.off('end', resolve).off('close', resolve).pause();
    },
  };
}
