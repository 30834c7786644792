import { codeSpan as code, codeBlock, toMarkdownText } from '../../base/markdown.ts';
import { plain, shownUrl } from '../../base/text.ts';
import type { Finding } from '../../checks/check.ts';
import { flat } from '../../checks/judge.ts';
import type { Diagnosis } from '../diagnosis.ts';
import { clientRows } from './clients.ts';
import { compare } from './compare.ts';
import { counted } from './layout.ts';
import { overriddenSentence } from './overridden.ts';
import { probeLines } from './probes.ts';
import { sinceLines } from './since.ts';

/** The report as Markdown that is safe to paste into an issue: no mention, link, picture or HTML of a server's. */
export function toMarkdown(diagnosis: Diagnosis): string {
  const { findings, examination, version, unreachable } = diagnosis;
  const all = flat(findings);
  const said = overriddenSentence(examination);
  const lines = [
    `## ${code(plain(shownUrl(diagnosis.target), 1_000))}`,
    '',
    `${all.length === 0 ? 'Nothing found' : counted(all.length, 'finding')} by \`keybridge doctor\` ${code(plain(version, 40))} on ${new Date(examination.startedAt).toISOString().slice(0, 10)}.${unreachable ? ' The target could not be reached.' : ''}`,
    '',
    ...(said === undefined ? [] : [toMarkdownText(said), '']),
    ...findings.flatMap(each => [...finding(each, 3), '']),
    ...notice(diagnosis),
    ...(diagnosis.unseen === undefined ? [] : [toMarkdownText(diagnosis.unseen), '']),
    ...since(diagnosis),
    '<details><summary>What was asked</summary>',
    '',
    '| status | ms | what | address |',
    '|---|---|---|---|',
    ...probeLines(examination, true).map(({ status, milliseconds, title, probe, fields }) => {
      const told = fields.map(field => ` ${code(plain(field, 600))}`).join('');
      const address = code(plain(shownUrl(probe.url), 1_000));
      return `| ${toMarkdownText(status)} | ${milliseconds ?? ''} | ${toMarkdownText(title)}${told} | ${address} |`;
    }),
    '',
    '</details>',
    '',
  ];
  return lines.join('\n');
}

function notice({ clients, unreachable }: Diagnosis): string[] {
  const rows = unreachable ? [] : clientRows(clients);
  if (rows.length === 0) return [];
  return [
    '### Who will notice',
    '',
    '| client | what becomes of it |',
    '|---|---|',
    ...rows.map(([who, what]) => `| ${toMarkdownText(who)} | ${toMarkdownText(what)} |`),
    '',
  ];
}

function since({ since: changed }: Diagnosis): string[] {
  if (!changed) return [];
  const lines = sinceLines(changed).map(([mark, text]) => `* ${code(mark)} ${toMarkdownText(text, 1_000)}`);
  const heading = `### Since the baseline of ${toMarkdownText(changed.saved, 40)}`;
  return [heading, '', ...(lines.length > 0 ? lines : ['Nothing has changed.']), ''];
}

function finding(found: Finding, level: number): string[] {
  const lines = [
    `${'#'.repeat(level)} ${found.severity}: ${found.code} ${toMarkdownText(found.title, 600)}`,
    '',
    toMarkdownText(found.detail),
  ];
  if (found.comparison) lines.push('', ...codeBlock(compare(found.comparison, 120), 'text'));
  if (found.remedy) lines.push('', `**Mend:** ${toMarkdownText(found.remedy)}`);
  // References are the rule's own, never a server's.
  if (found.references.length > 0)
    lines.push(
      '',
      `See ${found.references.map(({ title, url }) => `[${title.replaceAll('#', '&#35;')}](${url})`).join(', ')}.`,
    );
  for (const each of found.consequences) lines.push('', ...finding(each, Math.min(level + 1, 6)));
  return lines;
}
