import { Fault } from '../base/fault.ts';
import type { HeaderList } from '../base/world.ts';
import { CHECKS } from '../checks/all.ts';
import { CATALOGUE } from '../checks/catalogue.ts';
import type { Severity } from '../checks/check.ts';
import { CLIENTS } from '../checks/clients.ts';
import { type Baseline, readBaseline } from '../doctor/baseline.ts';
import { flawOf, type OverrideName } from '../doctor/flaw.ts';
import { FORMS, type Form } from '../doctor/output/report.ts';
import type { Place } from '../doctor/output/sarif.ts';
import { isStep, STEPS, type Step } from '../doctor/steps.ts';
import { clientNamed } from '../doctor/walk.ts';
import { readNamed, type Surroundings, usage } from './argument-text.ts';
import { headerLines, readHeaders } from './arguments.ts';

/** One target, and where it was named. */
export interface Target {
  url: URL;
  /** Absent where the doctor is to find out. */
  kind?: 'server' | 'issuer';
  /** Where in the targets file. */
  place?: Place;
}

/** What a command line of `keybridge doctor` asks for. */
export interface DoctorFlags {
  targets: readonly Target[];
  /** The file the targets come from, as it was named. */
  targetsFile?: string;
  /** True when several reports are asked for, however many there turn out to be. */
  several: boolean;
  /** A form without a file goes to stdout; there is one of these at most. */
  outputs: readonly { form: Form; file?: string }[];
  verbose: boolean;
  failOn: Severity;
  /** Codes (`PRM-05`) and areas (`PRM-*`). */
  ignore: readonly string[];
  /** What the reports are compared with. */
  baseline?: Baseline;
  save?: string;
  only?: Step;
  /** The client whose way is to be shown. */
  asClient?: string;
  resourceMetadata?: string;
  issuers: readonly string[];
  headers: HeaderList;
  userAgent?: string;
  allowHttp: boolean;
}

const VALUE_FLAGS = new Set([
  '--fail-on',
  '--ignore',
  '--baseline',
  '--save',
  '--targets',
  '--only',
  '--as-client',
  '--resource-metadata',
  '--issuer',
  '--header',
  '--header-file',
  '--user-agent',
]);
const PLAIN_FLAGS = new Set(['--verbose', '--allow-http']);
const HELP_REMEDY = '`keybridge doctor --help` lists them all.';
const EXAMPLE = { remedy: 'Write: keybridge doctor https://server.example/mcp' };

/** Whether a word is an address and not a file: `--json https://…` prints, `--json report.json` writes. */
const isAddress = (word: string): boolean => /^[a-z][a-z\d+.-]*:\/\//i.test(word);

/**
 * Reads the command line of `keybridge doctor`. Throws `usage.flag` and `usage.url`, which repeat no value that
 * might be a secret.
 */
export function readDoctorFlags(argv: readonly string[], surroundings: Surroundings): DoctorFlags {
  const words: string[] = [];
  const values = new Map<string, string[]>();
  const plain = new Set<string>();
  const outputs: { form: Form; file?: string }[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const equals = word.indexOf('=');
    const name = equals < 0 || !word.startsWith('--') ? word : word.slice(0, equals);
    const form = FORMS.find(each => name === `--${each}`);
    if (form) {
      const next = argv[at + 1];
      const isFile = equals < 0 && next !== undefined && !next.startsWith('--') && !isAddress(next);
      const file = equals < 0 ? (isFile ? argv[++at] : undefined) : word.slice(equals + 1);
      outputs.push({ form, ...(file === undefined || file === '-' ? {} : { file }) });
    } else if (VALUE_FLAGS.has(name)) {
      const value = equals < 0 ? argv[++at] : word.slice(equals + 1);
      if (!value) throw usage(`${name} wants a value.`, HELP_REMEDY);
      values.set(name, [...(values.get(name) ?? []), value]);
    } else if (PLAIN_FLAGS.has(word)) {
      plain.add(word);
    } else if (word.startsWith('-')) {
      throw usage(`doctor has no flag ${/^--?[\w-]{0,40}/.exec(word)?.[0]}.`, HELP_REMEDY);
    } else {
      words.push(word);
    }
  }
  if (outputs.filter(({ file }) => file === undefined).length > 1)
    throw usage('Only one form of the report can go to stdout.', 'Name a file for the others.');
  const last = (name: string) => values.get(name)?.at(-1);
  const targetsFile = last('--targets');
  const issuers = (values.get('--issuer') ?? []).map(each => readInstead('issuer', '--issuer', each));
  const resourceMetadata = last('--resource-metadata');
  // What is put in the place of something a server says needs a server.
  const isServer = issuers.length > 0 || resourceMetadata !== undefined;
  const targets = [
    ...words.map((word): Target => ({ url: readUrl(word) })),
    ...(targetsFile === undefined ? [] : readTargets(targetsFile, surroundings)),
  ].map((target): Target => (isServer ? { ...target, kind: 'server' } : target));
  // An issuer alone is the target itself.
  const isIssuer = targets.length === 0 && targetsFile === undefined && issuers.length > 0;
  if (isIssuer) targets.push(...issuers.map((each): Target => ({ url: new URL(each), kind: 'issuer' })));
  if (targets.length === 0) throw new Fault('usage.url', 'doctor wants the URL of a server.', EXAMPLE);
  const userAgent = last('--user-agent');
  const only = last('--only');
  if (only !== undefined && !isStep(only)) throw usage(`--only is one of ${STEPS.join(', ')}.`, HELP_REMEDY);
  const asClient = last('--as-client');
  const client = asClient === undefined ? undefined : clientNamed(asClient);
  if (asClient !== undefined && !client)
    throw usage(`--as-client is one of ${CLIENTS.map(({ name }) => name).join(', ')}.`, HELP_REMEDY);
  if (client && only !== undefined)
    throw usage('--as-client wants a whole examination.', 'Leave --only out.');
  const [baseline, save] = [last('--baseline'), last('--save')];
  return {
    targets,
    ...(targetsFile === undefined ? {} : { targetsFile }),
    several: targets.length > 1 || targetsFile !== undefined,
    outputs,
    verbose: plain.has('--verbose'),
    failOn: readThreshold(last('--fail-on')),
    ignore: (values.get('--ignore') ?? []).flatMap(each => each.split(',')).map(readCode),
    ...(baseline === undefined ? {} : { baseline: readSaved(baseline, surroundings) }),
    ...(save === undefined ? {} : { save }),
    ...(only === undefined ? {} : { only }),
    ...(client ? { asClient: client.name } : {}),
    ...(resourceMetadata === undefined
      ? {}
      : { resourceMetadata: readInstead('resource_metadata', '--resource-metadata', resourceMetadata) }),
    issuers: isIssuer ? [] : issuers,
    headers: readHeaders(headerLines(values, surroundings), surroundings),
    ...(userAgent === undefined ? {} : { userAgent: readUserAgent(userAgent) }),
    allowHttp: plain.has('--allow-http'),
  };
}

/** The text is kept as it is: an issuer with and without a slash at its end are two. */
function readInstead(name: OverrideName, flag: string, text: string): string {
  const flaw = flawOf(name, text);
  if (flaw !== undefined) throw usage(`${flag} ${flaw}`, HELP_REMEDY);
  return text;
}

function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Fault('usage.url', 'doctor wants the URL of a server, which begins with https://.', EXAMPLE);
  if (url.username || url.password) {
    throw new Fault('usage.url', 'A URL must not carry a name or password.', {
      remedy: 'Give credentials with --header "Authorization: …" instead.',
    });
  }
  url.hash = '';
  return url;
}

/** One URL a line; empty lines and what follows a `#` at a line's beginning or after a space say nothing. */
function readTargets(path: string, surroundings: Surroundings): Target[] {
  const lines = readNamed('--targets', path, surroundings).split(/\r?\n/);
  const targets = lines.flatMap((line, index): Target[] => {
    const comment = line.search(/(?:^|\s)#/);
    const text = (comment < 0 ? line : line.slice(0, comment)).trim();
    if (text === '') return [];
    try {
      const column = line.indexOf(text) + 1;
      return [{ url: readUrl(text), place: { line: index + 1, column, endColumn: column + text.length } }];
    } catch {
      throw usage(`--targets: line ${index + 1} is not the URL of a server.`, 'Write one URL a line.');
    }
  });
  if (targets.length === 0) throw usage('--targets: the file names no server.', 'Write one URL a line.');
  return targets;
}

function readSaved(path: string, surroundings: Surroundings): Baseline {
  const baseline = readBaseline(readNamed('--baseline', path, surroundings));
  if (!baseline) throw usage('--baseline wants a file that --save wrote.', HELP_REMEDY);
  return baseline;
}

function readThreshold(level: string | undefined): Severity {
  if (level === undefined) return 'broken';
  if (level !== 'broken' && level !== 'fragile' && level !== 'unsafe')
    throw usage('--fail-on is one of broken, unsafe, fragile.', HELP_REMEDY);
  return level;
}

function readCode(text: string): string {
  const code = text.trim().toUpperCase();
  const codes = [...CATALOGUE, ...CHECKS].map(each => each.code);
  const isKnown = code.endsWith('-*')
    ? codes.some(each => each.startsWith(code.slice(0, -1)))
    : codes.includes(code);
  if (!isKnown) throw usage('--ignore wants a code such as PRM-05, or an area such as PRM-*.', HELP_REMEDY);
  return code;
}

/** A field value that cannot be sent would end the examination before its first question. */
function readUserAgent(text: string): string {
  if (!/^[\x20-\x7e]{1,300}$/.test(text)) throw usage('--user-agent wants printable ASCII.', HELP_REMEDY);
  return text;
}
