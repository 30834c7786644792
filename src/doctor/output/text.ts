import { plain, shownUrl } from '../../base/text.ts';
import type { Finding, Severity } from '../../checks/check.ts';
import { flat } from '../../checks/judge.ts';
import { View } from '../../checks/view.ts';
import { toCurl } from '../../trace/curl.ts';
import type { Diagnosis } from '../diagnosis.ts';
import { clientLines, type Paint, walkText } from './clients.ts';
import { compare } from './compare.ts';
import { columns, counted, pad, wrap } from './layout.ts';
import { overriddenSentence } from './overridden.ts';
import { type ProbeLine, probeLines } from './probes.ts';
import { sinceLines } from './since.ts';

export interface TextOptions {
  colour: boolean;
  /** Columns; 80 unless told. */
  width?: number;
  /** The way of one client only, by its name. */
  asClient?: string | undefined;
  /** Everything: each question with its reason and as a curl command, and what follows from a finding in full. */
  verbose?: boolean;
}

const MARKS: Record<Severity, [string, string]> = {
  broken: ['BROKEN ', '31'],
  unsafe: ['UNSAFE ', '35'],
  fragile: ['FRAGILE', '33'],
  note: ['NOTE   ', '36'],
};
const ISSUER = 'Taken for an authorization server. An MCP server on this host is examined by its own URL.';
const INDENT = '        ';

/** The report people read in a terminal. Nothing a server says steers the terminal. */
export function toText(diagnosis: Diagnosis, options: TextOptions): string {
  const { colour, width = 80, verbose = false, asClient } = options;
  const paint: Paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const walk = diagnosis.clients.find(({ client }) => client === asClient);
  const said = overriddenSentence(diagnosis.examination);
  if (walk) return walkText(walk, diagnosis.target, width, paint, said);
  return [
    paint('1', plain(shownUrl(diagnosis.target), 1_000)),
    ...(diagnosis.examination.kind === 'issuer' ? wrap(ISSUER, width) : []),
    ...(said === undefined ? [] : wrap(said, width)),
    '',
    ...diagnosis.findings.flatMap(each => [...finding(each, '', width, verbose, paint), '']),
    ...(diagnosis.unreachable ? [] : clientLines(diagnosis.clients, width, verbose, paint)),
    ...(diagnosis.unseen === undefined ? [] : [...wrap(plain(diagnosis.unseen, 1_500), width), '']),
    ...endpoints(diagnosis, paint),
    ...since(diagnosis, width, paint),
    ...questions(diagnosis, width, verbose, paint),
    closing(diagnosis, paint),
    '',
  ].join('\n');
}

function finding(found: Finding, indent: string, width: number, verbose: boolean, paint: Paint): string[] {
  const [mark, code] = MARKS[found.severity];
  const under = indent + INDENT;
  const room = Math.max(30, width - columns(under));
  const [first = '', ...rest] = wrap(plain(found.title, 600), Math.max(30, room - columns(found.code) - 1));
  const lines = [
    `${indent}${paint(code, mark)} ${paint('1', found.code)} ${first}`,
    ...rest.map(line => `${under}${line}`),
  ];
  const isRoot = indent === '';
  // What follows from something goes away with it; its name is enough, unless everything is asked for.
  if (isRoot || verbose) {
    const say = (text: string) => lines.push(...wrap(text, room).map(line => `${under}${line}`));
    say(plain(found.detail, 2_000));
    if (found.comparison) lines.push('', ...compare(found.comparison, room).map(line => under + line), '');
    if (found.remedy) {
      const [start = '', ...more] = wrap(`Mend: ${plain(found.remedy, 2_000)}`, room);
      lines.push(under + start.replace(/^Mend:/, paint('32', 'Mend:')), ...more.map(line => under + line));
    }
    const references = verbose ? found.references : found.references.slice(0, 1);
    for (const { title, url } of references) lines.push(`${under}${paint('2', `See ${title}: ${url}`)}`);
    if (verbose && found.evidence.length > 0)
      lines.push(`${under}${paint('2', `Seen in exchange ${found.evidence.join(', ')}`)}`);
  }
  if (found.consequences.length > 0) {
    if (isRoot) lines.push('', `${under}From this follows:`);
    lines.push(...found.consequences.flatMap(each => finding(each, under, width, verbose, paint)));
  }
  return lines;
}

/** What has changed since the baseline. */
function since({ since: changed }: Diagnosis, width: number, paint: Paint): string[] {
  if (!changed) return [];
  const lines = sinceLines(changed).flatMap(([mark, text]) => {
    const [first = '', ...rest] = wrap(plain(text, 1_000), width - 4);
    const colour = { '+': '32', '-': '31', '~': '33' }[mark];
    return [`  ${paint(colour, mark)} ${first}`, ...rest.map(line => `    ${line}`)];
  });
  const heading = `Since the baseline of ${plain(changed.saved, 40)}`;
  return [paint('1', heading), ...(lines.length > 0 ? lines : ['  nothing has changed']), ''];
}

/** For an issuer: where it does what. */
function endpoints({ examination }: Diagnosis, paint: Paint): string[] {
  if (examination.kind !== 'issuer') return [];
  const view = new View(examination);
  const [document] = view.issuers.flatMap(issuer => view.serverDocuments(issuer));
  const named = Object.entries(document?.json ?? {}).filter(
    ([name, value]) => /(?:_endpoint|jwks_uri)$/.test(name) && typeof value === 'string',
  );
  if (named.length === 0) return [];
  const length = Math.max(...named.map(([name]) => columns(name)));
  return [
    paint('1', 'Endpoints'),
    ...named.map(([name, value]) => `  ${pad(plain(name, 60), length)}  ${plain(String(value), 500)}`),
    '',
  ];
}

function questions({ examination }: Diagnosis, width: number, verbose: boolean, paint: Paint): string[] {
  const lines = probeLines(examination, verbose);
  if (lines.length === 0) return [];
  const statuses = lines.map(({ status }) => plain(status, 80));
  const length = Math.max(...statuses.map(columns));
  const time = ({ milliseconds }: ProbeLine) => (milliseconds === undefined ? '' : `${milliseconds} ms`);
  const times = Math.max(...lines.map(each => columns(time(each))));
  const room = Math.max(30, width - length - times - 6);
  const shown = new Set<string>();
  const isNew = (field: string) => !shown.has(field) && shown.add(field);
  const show = (each: ProbeLine, index: number): string[] => {
    const status = pad(statuses[index] ?? '', length);
    const url = plain(shownUrl(each.probe.url), 1_000);
    const what = `${each.title}  ${url}`;
    const [first = '', ...rest] = columns(what) <= room ? [what] : [each.title, url];
    const head = `  ${paint(each.isGood ? '2' : '31', status)}  ${time(each).padStart(times)}  `;
    const under = ' '.repeat(length + times + 6);
    return [
      head + first,
      ...rest.map(line => under + line),
      // The same challenge to every question is worth showing once.
      ...each.fields
        .filter(isNew)
        .flatMap(field => wrap(plain(field, 600), room).map(line => under + paint('36', line))),
      ...(verbose
        ? [
            ...wrap(plain(each.probe.because, 500), room).map(line => under + paint('2', line)),
            ...each.exchanges.map(exchange => under + paint('2', plain(toCurl(exchange), 20_000))),
          ]
        : []),
    ];
  };
  return [paint('1', verbose ? 'Everything that was asked' : 'What was asked'), ...lines.flatMap(show), ''];
}

/** `2 broken, 1 note; 24 requests in 0.8 s.` */
function closing({ findings, examination, unreachable }: Diagnosis, paint: Paint): string {
  const all = flat(findings);
  const counts = (['broken', 'unsafe', 'fragile', 'note'] as const).flatMap(severity => {
    const count = all.filter(each => each.severity === severity).length;
    if (count === 0) return [];
    const text = severity === 'note' ? counted(count, 'note') : `${count} ${severity}`;
    return [paint(MARKS[severity][1], text)];
  });
  const requests = counted(Object.keys(examination.exchanges).length, 'request');
  const seconds = ((examination.finishedAt - examination.startedAt) / 1000).toFixed(1);
  const found = counts.length > 0 ? counts.join(', ') : 'Nothing found';
  const reached = unreachable ? ' The target could not be reached.' : '';
  return `${found}; ${requests} in ${seconds} s.${reached}`;
}
