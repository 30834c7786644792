import type { Finding } from '../../src/checks/check.ts';
import type { Examination } from '../../src/checks/examination.ts';
import { type Diagnosis, isUnreachable, unseenIn } from '../../src/doctor/diagnosis.ts';
import { walks } from '../../src/doctor/walk.ts';
import { html, RESOURCE } from './discovery.ts';
import { examined, findings as found } from './examination.ts';

/** What the doctor says of an examination, or what a test has it say. */
export function diagnosed(examination: Examination, findings?: readonly Finding[]): Diagnosis {
  const unseen = unseenIn(examination);
  return {
    schema: 1,
    version: '0.0.0',
    target: examination.target,
    unreachable: isUnreachable(examination),
    findings: findings ?? found(examination),
    clients: walks(examination),
    ...(unseen === undefined ? {} : { unseen }),
    examination,
  };
}

/** A finding of a test's own. */
export function finding(more: Partial<Finding> = {}): Finding {
  return {
    code: 'PRM-05',
    name: 'html-200',
    severity: 'broken',
    title: 'A page stands where metadata is due.',
    detail: 'Something took the request.',
    remedy: 'Route it to the server.',
    evidence: [],
    references: [{ title: 'RFC 9728 §3.2', url: 'https://www.rfc-editor.org/rfc/rfc9728.html#section-3.2' }],
    consequences: [],
    ...more,
  };
}

/** What a server might say to do harm: to a terminal, to a page, to whoever pastes it. */
export const NASTY = [
  '\u001b]0;owned\u0007\u001b[2J\u009b31m',
  '\u202egnp.exe\u2066',
  '<img src=x onerror=alert(1)> <!-- --> </system-out> ]]>',
  '@everyone @octocat #1 torvalds/linux#1 GH-1 a5c3785ed8d6a35868bc169f07e40e889087fd2e',
  '[click](https://evil.example/) https://evil.example/x www.evil.example me@evil.example ![i](https://evil.example/i.png)',
  '`code` ``` ~~~ | a | b | \\ * _ # > - + $x$ :tada: &lt;b&gt;',
  "'; touch /tmp/owned; echo '",
  '\ud800 \ufffe \u0000',
].join(' ');

/** A diagnosis in which everything a server can choose is nasty. */
export async function nasty(): Promise<Diagnosis> {
  const examination = await examined();
  return diagnosed(examination, [
    finding({
      title: `Title ${NASTY}`,
      detail: `Detail ${NASTY}`,
      remedy: `Remedy ${NASTY}`,
      comparison: { seenIn: `in ${NASTY}`, seen: NASTY, expectedFrom: 'there', expected: `${NASTY}/` },
      consequences: [finding({ code: 'ASM-10', severity: 'fragile', title: NASTY, detail: NASTY })],
    }),
  ]);
}

/** A right server, one with much wrong, one that says harmful things, one out of reach, an issuer. */
export async function several(): Promise<Diagnosis[]> {
  return [
    diagnosed(await examined()),
    diagnosed(await examined({ [`${RESOURCE}/mcp`]: html, '/mcp': () => new Response('', { status: 401 }) })),
    await nasty(),
    diagnosed(await examined({}, {}, {}, 'https://gone.example/mcp')),
    diagnosed(await examined({}, {}, {}, 'https://as.example', { kind: 'issuer' })),
  ];
}
