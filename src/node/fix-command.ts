import { readFileSync } from 'node:fs';
import { jsonLine } from '../base/text.ts';
import { type Diagnosed, readReport } from '../mend/from-report.ts';
import { isProxyName, mend, PROXIES, type ProxyName, toMendingText } from '../mend/mending.ts';
import type { Alias } from '../mend/routes.ts';
import { type HostHeader, readSite } from '../mend/site.ts';
import { readNamed, type Surroundings, usage } from './argument-text.ts';
import { print, printError } from './terminal.ts';

/** What `keybridge fix --help` prints. */
const FIX_HELP = `keybridge fix: the configuration that lets clients find a server under a path

Usage
  keybridge fix <server-url> [--upstream URL] [flags]
  keybridge fix --from FILE [flags]         from a report of keybridge doctor --json

Flags
  --upstream URL       where the server runs, as the proxy reaches it, with its own path:
                       http://127.0.0.1:8000/mcp, http://app:8000/mcp
  --for PROXY          ${Object.keys(PROXIES).join(', ')};
                       default: the one a report names, else nginx
  --host-header WHICH  the name the proxy calls the server by: public, or upstream, its own;
                       default: upstream for a server on loopback, else public
  --alias WHERE        openid-configuration: app (default), proxy or none
  --config             the configuration alone, to be piped on
  --json               for programs

Exit codes: 0, or 2 for a command line that is wrong.
`;

interface FixFlags {
  url?: string;
  upstream?: string;
  hostHeader?: HostHeader;
  from?: string;
  proxy?: ProxyName;
  alias: Alias;
  form: 'text' | 'config' | 'json';
}

const VALUES = ['--upstream', '--for', '--alias', '--from', '--host-header'];

/**
 * Reads the command line of `keybridge fix`. Throws `usage.flag`.
 */
function readFixFlags(argv: readonly string[]): FixFlags {
  const values = new Map<string, string>();
  const places: string[] = [];
  let form: FixFlags['form'] = 'text';
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const [name = '', ...rest] = word.split('=');
    if (VALUES.includes(name)) {
      const value = rest.length > 0 ? rest.join('=') : argv[++at];
      if (!value) throw usage(`${name} wants a value.`, REMEDY);
      values.set(name, value);
    } else if (word === '--json' || word === '--config') {
      form = word === '--json' ? 'json' : 'config';
    } else if (word.startsWith('-')) {
      throw usage(`fix has no flag ${/^--?[\w-]{0,40}/.exec(word)?.[0]}.`, REMEDY);
    } else {
      places.push(word);
    }
  }
  const proxy = values.get('--for');
  if (proxy !== undefined && !isProxyName(proxy))
    throw usage(`--for is one of ${Object.keys(PROXIES).join(', ')}.`, REMEDY);
  const alias = values.get('--alias') ?? 'app';
  if (alias !== 'app' && alias !== 'proxy' && alias !== 'none')
    throw usage('--alias is one of app, proxy, none.', REMEDY);
  const hostHeader = values.get('--host-header');
  if (hostHeader !== undefined && hostHeader !== 'public' && hostHeader !== 'upstream')
    throw usage('--host-header is public or upstream.', REMEDY);
  const [url] = places;
  const [upstream, from] = [values.get('--upstream'), values.get('--from')];
  if (places.length > 1 || (url === undefined) === (from === undefined))
    throw usage('fix wants the URL of one server, or --from with a report.', REMEDY);
  return {
    ...(url === undefined ? {} : { url }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(hostHeader === undefined ? {} : { hostHeader }),
    ...(from === undefined ? {} : { from }),
    ...(proxy === undefined ? {} : { proxy }),
    alias,
    form,
  };
}

const REMEDY = '`keybridge fix --help` lists what it takes.';

/**
 * `keybridge fix <server-url>`: prints the configuration that has clients find a server. Resolves with 0. Throws
 * `usage.flag` and `usage.url`.
 */
export function runFix(argv: readonly string[]): number {
  if (argv.includes('--help')) {
    process.stdout.write(FIX_HELP);
    return 0;
  }
  const flags = readFixFlags(argv);
  const surroundings: Surroundings = {
    env: process.env,
    readFile: path => readFileSync(path, 'utf8'),
    platform: process.platform,
  };
  const diagnosed =
    flags.from === undefined
      ? [{ target: flags.url ?? '' }]
      : readReport(readNamed('--from', flags.from, surroundings));
  const width = Math.min(process.stdout.columns || 80, 110);
  const mended = diagnosed.map(({ target, proxy, issuers }: Diagnosed) => {
    const site = readSite(target, flags.upstream, flags.hostHeader);
    const mending = mend(site, flags.proxy ?? proxy ?? 'nginx', flags.alias, issuers);
    if (site.upstream.isAssumed)
      printError(
        `Where the server runs was not given, so ${mending.upstream} is assumed. Name it: --upstream URL\n`,
      );
    return { site, mending, why: flags.proxy ? '' : proxy ? 'The report names it.' : '' };
  });
  const texts = mended.map(({ site, mending, why }) =>
    flags.form === 'config' ? mending.configuration : toMendingText(site, mending, width, why),
  );
  const several = mended.map(({ mending }) => mending);
  print(
    flags.form === 'json'
      ? `${jsonLine(several.length > 1 ? several : several[0])}\n`
      : texts.join(flags.form === 'config' ? '---\n' : '\n'),
  );
  return 0;
}
