import { plain } from '../../base/text.ts';
import type { Finding, Severity } from '../../checks/check.ts';
import type { Diagnosis } from '../diagnosis.ts';

export interface TextOptions {
  colour: boolean;
  /** Columns; 80 unless told. */
  width?: number;
}

const MARKS: Record<Severity, [string, string]> = {
  broken: ['BROKEN ', '31'],
  unsafe: ['UNSAFE ', '35'],
  fragile: ['FRAGILE', '33'],
  note: ['NOTE   ', '36'],
};

/** The report people read in a terminal. */
export function toText(diagnosis: Diagnosis, { colour, width = 80 }: TextOptions): string {
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines: string[] = [paint('1', diagnosis.target), ''];
  const show = (finding: Finding, indent: string): void => {
    const [mark, code] = MARKS[finding.severity];
    lines.push(`${indent}${paint(code, mark)} ${paint('1', finding.code)} ${plain(finding.title, 300)}`);
    for (const text of [finding.detail, finding.remedy ? `Mend: ${finding.remedy}` : undefined]) {
      if (text)
        lines.push(
          ...wrap(plain(text, 2000), width - indent.length - 8).map(line => `${indent}        ${line}`),
        );
    }
    lines.push('');
    for (const each of finding.consequences) show(each, `${indent}    `);
  };
  for (const finding of diagnosis.findings) show(finding, '');
  const count = diagnosis.findings.length;
  lines.push(count === 0 ? 'Nothing found.' : `${count} ${count === 1 ? 'finding' : 'findings'}.`);
  return `${lines.join('\n')}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
