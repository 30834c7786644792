import { readFileSync } from 'node:fs';
import { jsonLine, plain } from '../base/text.ts';
import type { Severity } from '../checks/check.ts';
import { isAtLeast } from '../doctor/diagnosis.ts';
import { counted, wrap } from '../doctor/output/layout.ts';
import { type LintReport, lintNginx } from '../mend/nginx/lint.ts';
import { readNamed, usage } from './argument-text.ts';
import { print } from './terminal.ts';

/** What `keybridge lint --help` prints. */
const LINT_HELP = `keybridge lint: what is unsafe in the configuration before an MCP server

Usage
  keybridge lint nginx FILE … [flags]    - reads what is piped in; included files are not followed

Flags
  --json               for programs
  --fail-on LEVEL      broken, unsafe (default) or fragile: this or worse is a failure; for keybridge doctor
                       the default is broken, and nearly all that is found here is unsafe
  --ignore CODE        leave out a code (repeat)

Exit codes: 0 nothing at that level, 1 findings, 2 a command line that is wrong.
`;
const REMEDY = '`keybridge lint --help` lists what it takes.';
const LEVELS: readonly Severity[] = ['broken', 'unsafe', 'fragile'];

/**
 * `keybridge lint nginx FILE`: judges configuration files. Resolves with 0 when nothing reaches the threshold and
 * with 1 for findings. Throws `usage.flag`.
 */
export function runLint(argv: readonly string[]): number {
  if (argv.includes('--help')) {
    process.stdout.write(LINT_HELP);
    return 0;
  }
  const files: string[] = [];
  const ignored: string[] = [];
  let failOn: Severity = 'unsafe';
  let isJson = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const [name = '', ...rest] = word.split('=');
    if (name === '--fail-on' || name === '--ignore') {
      const value = rest.length > 0 ? rest.join('=') : (argv[++at] ?? '');
      const level = LEVELS.find(each => each === value);
      if (name === '--ignore' && /^[a-z]+-\d+$/i.test(value)) ignored.push(value.toUpperCase());
      else if (name === '--fail-on' && level) failOn = level;
      else throw usage(`${name} wants another value.`, REMEDY);
    } else if (word === '--json') {
      isJson = true;
    } else if (word.startsWith('-') && word !== '-') {
      throw usage(`lint has no flag ${/^--?[\w-]{0,40}/.exec(word)?.[0]}.`, REMEDY);
    } else {
      files.push(word);
    }
  }
  const [kind, ...names] = files;
  if (kind !== 'nginx' || names.length === 0) throw usage('lint wants the word nginx and a file.', REMEDY);
  const reports = names.map(file => {
    const { isEmpty, ...report } = lintNginx(file, readConfiguration(file));
    if (isEmpty) throw usage(`${plain(file, 300)} holds no configuration of nginx.`, REMEDY);
    return { ...report, findings: report.findings.filter(({ code }) => !ignored.includes(code)) };
  });
  const [only] = reports;
  print(isJson ? `${jsonLine(reports.length > 1 ? reports : only)}\n` : reports.map(words).join('\n'));
  const all = reports.flatMap(({ findings }) => findings);
  return all.some(({ severity }) => isAtLeast(severity, failOn)) ? 1 : 0;
}

function readConfiguration(file: string): string {
  return readNamed('nginx', file, {
    env: process.env,
    readFile: path => readFileSync(path === '-' ? 0 : path, 'utf8'),
    platform: process.platform,
  });
}

function words({ file, findings, problems, includes }: LintReport): string {
  const width = Math.min(process.stdout.columns || 80, 110) - 4;
  const name = plain(file, 300);
  const say = (text: string) => wrap(plain(text, 2_000), width).map(line => `    ${line}`);
  return [
    ...findings.flatMap(each => [
      `${name}:${each.line}  ${each.severity.toUpperCase()}  ${each.code} ${each.name}`,
      ...say(each.title),
      ...say(each.detail),
      ...say(`Mend: ${each.remedy}`),
      ...each.references.map(({ title, url }) => `    See ${title}: ${url}`),
      '',
    ]),
    ...problems.map(({ line, text }) => `${name}:${line}  not understood: ${plain(text)}`),
    ...includes.map(({ line, file: included }) => `${name}:${line}  not looked into: ${plain(included)}`),
    `${findings.length === 0 ? 'Nothing found' : counted(findings.length, 'finding')} in ${name}.`,
    '',
  ].join('\n');
}
