import { jsonPage, plain, shownUrl } from '../../base/text.ts';
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

/** Where a target stands in its file: line and columns from 1, in UTF-16 code units, the last one exclusive. */
export interface Place {
  line: number;
  column: number;
  endColumn: number;
}

export interface SarifOptions {
  /** The rules that were tried. */
  checks: readonly Check[];
  version: string;
  /** The file the targets come from as a path from the repository's root, and the place of each. */
  targetsFile?: string | undefined;
  places: readonly (Place | undefined)[];
}

/** Code scanning refuses a run with more results whole. */
const MOST_RESULTS = 25_000;

/** The report as SARIF 2.1.0, as code scanning takes it: each result stands in the line of its target. */
export function toSarif(diagnoses: readonly Diagnosis[], options: SarifOptions): string {
  const { checks, version, targetsFile } = options;
  const codes = checks.map(({ code }) => code);
  const targets = diagnoses.map(({ target }) => plain(shownUrl(target), 2_000));
  const seen = new Map<string, number>();
  const all = diagnoses.flatMap((diagnosis, index) => {
    const uri = targetsFile === undefined ? GENERATED : encodeURI(targetsFile.replaceAll('\\', '/'));
    const text = targets[index] ?? '';
    const whole = { line: targetsFile === undefined ? index + 1 : 1, column: 1, endColumn: text.length + 1 };
    const { line, column, endColumn } = (targetsFile && options.places[index]) || whole;
    return nested(diagnosis.findings).map(({ finding, cause }) => {
      const print = hash(`${text}\n${finding.code}`);
      const nth = (seen.get(print) ?? 0) + 1;
      seen.set(print, nth);
      return {
        ruleId: finding.code,
        ...(codes.includes(finding.code) ? { ruleIndex: codes.indexOf(finding.code) } : {}),
        level: finding.stops ? 'error' : LEVELS[finding.severity],
        message: { text: message(finding, text, cause) },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri },
              // Code scanning wants all four.
              region: { startLine: line, startColumn: column, endLine: line, endColumn },
            },
          },
        ],
        // What keeps an alert the same one from run to run, wherever its line moves.
        partialFingerprints: {
          primaryLocationLineHash: `${print}:${nth}`,
        },
        properties: { severity: finding.severity, ...(cause === undefined ? {} : { follows: cause }) },
      };
    });
  });
  const isOver = all.length > MOST_RESULTS;
  const worst = ['error', 'warning', 'note'].flatMap(level => all.filter(each => each.level === level));
  const results = isOver ? worst.slice(0, MOST_RESULTS) : all;
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
        toolExecutionNotifications: [
          ...diagnoses.flatMap(({ unreachable }, index) =>
            unreachable
              ? [{ level: 'error', message: { text: `${targets[index]} could not be reached.` } }]
              : [],
          ),
          ...diagnoses.flatMap(({ unseen }) =>
            unseen === undefined ? [] : [{ level: 'note', message: { text: plain(unseen, 1_500) } }],
          ),
          ...(isOver
            ? [
                {
                  level: 'warning',
                  message: {
                    text: `There are ${all.length} results; these are the worst ${MOST_RESULTS}, more are taken by nobody.`,
                  },
                },
              ]
            : []),
        ],
      },
    ],
    results,
    ...(overridden.length > 0 ? { properties: { overridden } } : {}),
  };
  return `${jsonPage({ $schema: SCHEMA, version: '2.1.0', runs: [run] })}\n`;
}

function rule({ code, name, severity, references }: Check) {
  const entry = entryOf(code);
  const words = entry?.words ?? name;
  return {
    id: code,
    name: name
      .split(/[^a-z\d]+/i)
      .map(each => each.charAt(0).toUpperCase() + each.slice(1))
      .join(''),
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
