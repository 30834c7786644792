import { flawOf, OF_A_CLIENT, type OverrideName } from '../doctor/flaw.ts';
import { ENDPOINTS, type Overrides } from '../doctor/overrides.ts';
import { usage } from './argument-text.ts';

const FLAGS = [
  '--authorization-endpoint',
  '--token-endpoint',
  '--registration-endpoint',
  '--client-id',
  '--scope',
  '--resource',
] as const;
type Flag = (typeof FLAGS)[number];

const HELP_REMEDY = '`keybridge doctor --help` lists them all.';

/**
 * Takes what a command line of `keybridge doctor` puts in the place of what the servers say; `rest` is the command
 * line without it. What the sign-in reads as well (`--resource`; `--token-endpoint` of a client by itself) stays
 * there. Throws `usage.flag`.
 */
export function readOverrides(argv: readonly string[]): { overrides: Overrides; rest: string[] } {
  const values = new Map<Flag, string>();
  const rest: string[] = [];
  const isRead = (flag: Flag) =>
    (flag === '--resource' && argv.includes('--login')) ||
    (flag === '--token-endpoint' && argv.includes('--client-credentials'));
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const flag = FLAGS.find(each => each === name);
    if (!flag) {
      rest.push(word);
      continue;
    }
    const value = equals < 0 ? argv[++at] : word.slice(equals + 1);
    if (value === undefined) throw usage(`${flag} wants a value.`, HELP_REMEDY);
    values.set(flag, value);
    if (isRead(flag)) rest.push(`${flag}=${value}`);
  }
  if (values.size > 0 && argv.some(word => /^--from-trace(?:=|$)/.test(word)))
    throw usage('--from-trace asks nothing, so nothing can be put in the place of an answer.', HELP_REMEDY);
  const isUsed = argv.includes('--login') || argv.includes('--active');
  for (const [flag, value] of values) {
    const name = nameOf(flag);
    if (!isUsed && OF_A_CLIENT.some(each => each === name))
      throw usage(`${flag} says something only beside --login or --active.`, HELP_REMEDY);
    const flaw = flawOf(name, value);
    if (flaw !== undefined) throw usage(`${flag} ${flaw}`, HELP_REMEDY);
  }
  const endpoints = Object.fromEntries(
    ENDPOINTS.flatMap(name => {
      const value = values.get(`--${name.replace('_', '-')}` as Flag);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const [clientId, scope, resource] = [
    values.get('--client-id'),
    values.get('--scope'),
    values.get('--resource'),
  ];
  return {
    overrides: {
      ...(Object.keys(endpoints).length > 0 ? { endpoints } : {}),
      ...(clientId === undefined ? {} : { clientId }),
      ...(scope === undefined ? {} : { scope }),
      ...(resource === undefined ? {} : { resource }),
    },
    rest,
  };
}

function nameOf(flag: Flag): OverrideName {
  return flag.slice(2).replaceAll('-', '_') as OverrideName;
}
