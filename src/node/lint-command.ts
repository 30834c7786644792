import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { jsonLine, plain } from '../base/text.ts';
import type { Severity } from '../checks/check.ts';
import { isAtLeast } from '../doctor/diagnosis.ts';
import { counted, wrap } from '../doctor/output/layout.ts';
import { type LintReport, lintNginx } from '../mend/nginx/lint.ts';
import { readNamed, usage } from './argument-text.ts';
import { includedFrom, nginxFolder } from './nginx-files.ts';
import { print } from './terminal.ts';

/** What `keybridge lint --help` prints. */
const LINT_HELP = `keybridge lint: what is unsafe in the nginx configuration in front of an MCP server

Usage
  keybridge lint nginx FILE … [flags]    with every file it includes
  nginx -T | keybridge lint nginx -      what nginx itself has read

Flags
  --prefix DIR         where relative includes are looked for; default: the folder of nginx.conf
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
  let prefix: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const [name = '', ...rest] = word.split('=');
    if (name === '--fail-on' || name === '--ignore' || name === '--prefix') {
      const value = rest.length > 0 ? rest.join('=') : (argv[++at] ?? '');
      const level = LEVELS.find(each => each === value);
      if (name === '--ignore' && /^[a-z]+-\d+$/i.test(value)) ignored.push(value.toUpperCase());
      else if (name === '--fail-on' && level) failOn = level;
      else if (name === '--prefix' && value !== '') prefix = resolve(value);
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
    const folder = prefix ?? (file === '-' ? undefined : nginxFolder(file));
    const read = folder === undefined ? undefined : includedFrom(folder, file);
    const { isEmpty, ...report } = lintNginx(file, readConfiguration(file), read);
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

function words({ file, files, findings, problems, unread }: LintReport): string {
  const width = Math.min(process.stdout.columns || 80, 110) - 4;
  const at = (place: { file: string; line: number }) => `${plain(place.file, 300)}:${place.line}`;
  const say = (text: string) => wrap(plain(text, 2_000), width).map(line => `    ${line}`);
  const others = files.length > 1 ? ` and ${counted(files.length - 1, 'file')} it includes` : '';
  return [
    ...findings.flatMap(each => [
      `${at(each)}  ${each.severity.toUpperCase()}  ${each.code} ${each.name}`,
      ...say(each.title),
      ...say(each.detail),
      ...say(`Fix: ${each.remedy}`),
      ...each.references.map(({ title, url }) => `    See ${title}: ${url}`),
      '',
    ]),
    ...problems.map(each => `${at(each)}  not understood: ${plain(each.text)}`),
    ...unread.flatMap(each => [
      `${at(each)}  NOT READ  include ${plain(each.include, 300)}`,
      ...say(each.why),
    ]),
    ...(unread.length > 0
      ? [
          '',
          ...wrap(
            `${counted(unread.length, 'include')} could not be followed: what stands there was not judged.`,
            width,
          ),
        ]
      : []),
    `${findings.length === 0 ? 'Nothing found' : counted(findings.length, 'finding')} in ${plain(file, 300)}${others}.`,
    '',
  ].join('\n');
}
