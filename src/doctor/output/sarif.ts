import { plain, shownUrl } from '../../base/text.ts';
import { entryOf } from '../../checks/catalogue.ts';
import type { Check, Finding, Severity } from '../../checks/check.ts';
import type { Diagnosis } from '../diagnosis.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const LEVELS: Record<Severity, 'error' | 'warning' | 'note'> = {
  broken: 'error',
  unsafe: 'error',
  fragile: 'warning',
  note: 'note',
};
/** The file a result points into when no file of targets was given; the report carries it. */
const GENERATED = 'keybridge-targets.txt';

export interface SarifOptions {
  /** The rules that were tried. */
  checks: readonly Check[];
  version: string;
  /** The file the targets come from as a path from the repository's root, and the line of each. */
  targetsFile?: string | undefined;
  lines: readonly (number | undefined)[];
}

/** The report as SARIF 2.1.0, as code scanning takes it: each result stands in the line of its target. */
export function toSarif(diagnoses: readonly Diagnosis[], options: SarifOptions): string {
  const { checks, version, targetsFile } = options;
  const codes = checks.map(({ code }) => code);
  const targets = diagnoses.map(({ target }) => plain(shownUrl(target), 2_000));
  const results = diagnoses.flatMap((diagnosis, index) => {
    const uri = targetsFile === undefined ? GENERATED : encodeURI(targetsFile.replaceAll('\\', '/'));
    const line = targetsFile === undefined ? index + 1 : (options.lines[index] ?? 1);
    const seen = new Map<string, number>();
    return nested(diagnosis.findings).map(({ finding, cause }) => {
      const nth = (seen.get(finding.code) ?? 0) + 1;
      seen.set(finding.code, nth);
      return {
        ruleId: finding.code,
        ...(codes.includes(finding.code) ? { ruleIndex: codes.indexOf(finding.code) } : {}),
        level: LEVELS[finding.severity],
        message: { text: message(finding, targets[index] ?? '', cause) },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri },
              region: { startLine: line },
            },
          },
        ],
        // What keeps an alert the same one from run to run, wherever its line moves.
        partialFingerprints: {
          primaryLocationLineHash: `${hash(`${targets[index]}\n${finding.code}`)}:${nth}`,
        },
        properties: { severity: finding.severity, ...(cause === undefined ? {} : { follows: cause }) },
      };
    });
  });
  const [first] = diagnoses;
  const overridden = first?.examination.overridden ?? [];
  const run = {
    tool: {
      driver: { name: 'Keybridge doctor', version, rules: checks.map(rule) },
    },
    automationDetails: { id: 'keybridge-doctor/' },
    columnKind: 'utf16CodeUnits',
    ...(targetsFile === undefined
      ? {
          artifacts: [
            { location: { uri: GENERATED }, contents: { text: targets.map(each => `${each}\n`).join('') } },
          ],
        }
      : {}),
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: diagnoses.flatMap(({ unreachable }, index) =>
          unreachable
            ? [{ level: 'error', message: { text: `${targets[index]} could not be reached.` } }]
            : [],
        ),
      },
    ],
    results,
    ...(overridden.length > 0 ? { properties: { overridden } } : {}),
  };
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 1)}\n`;
}

function rule({ code, name, severity, references }: Check) {
  const entry = entryOf(code);
  const words = entry?.words ?? name;
  return {
    id: code,
    name: name.replace(/(?:^|[^a-z\d]+)([a-z\d])/gi, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${code} ${name}` },
    fullDescription: { text: words },
    help: {
      text: [words, entry?.mend, ...references.map(({ title, url }) => `${title}: ${url}`)].join('\n'),
    },
    ...(references[0] ? { helpUri: references[0].url } : {}),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: ['mcp', 'oauth', ...(severity === 'unsafe' ? ['security'] : [])],
      precision: 'high',
      'problem.severity':
        severity === 'broken' || severity === 'unsafe'
          ? 'error'
          : severity === 'fragile'
            ? 'warning'
            : 'recommendation',
      // With it code scanning counts the alert among those of security.
      ...(severity === 'unsafe' ? { 'security-severity': '6.0' } : {}),
    },
  };
}

/** One paragraph. `[text](address)` would be a link (SARIF §3.11.6), and the text may be a server's. */
function message(
  { title, detail, remedy, comparison }: Finding,
  target: string,
  cause: string | undefined,
): string {
  const parts = [
    `${title} (${target})`,
    detail,
    comparison &&
      `${comparison.seenIn}: ${comparison.seen} – ${comparison.expectedFrom}: ${comparison.expected}`,
    remedy && `Mend: ${remedy}`,
    cause && `It follows from ${cause}.`,
  ];
  return parts
    .flatMap(each => (each ? [plain(each, 2_000)] : []))
    .join(' ')
    .toWellFormed()
    .replaceAll('](', '] (');
}

function nested(
  findings: readonly Finding[],
  cause?: string,
): { finding: Finding; cause: string | undefined }[] {
  return findings.flatMap(finding => [{ finding, cause }, ...nested(finding.consequences, finding.code)]);
}

/** FNV-1a over UTF-16, in 64 bits: to tell alerts apart, not to protect anything. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at++)
    value = ((value ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return value.toString(16).padStart(16, '0');
}
