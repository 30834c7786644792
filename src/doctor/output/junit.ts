import { plain, shownUrl } from '../../base/text.ts';
import type { Check, Finding, Severity } from '../../checks/check.ts';
import { flat } from '../../checks/judge.ts';
import { type Diagnosis, isAtLeast } from '../diagnosis.ts';

/**
 * The report as JUnit XML: a suite for each target, a case for each rule that was tried. A finding at the
 * threshold or worse is a failure, one below it is only told; a target out of reach is an error.
 */
export function toJunit(
  diagnoses: readonly Diagnosis[],
  checks: readonly Check[],
  threshold: Severity,
): string {
  const suites = diagnoses.map(diagnosis => suite(diagnosis, checks, threshold));
  const sum = (of: (suite: Suite) => number) => suites.reduce((total, each) => total + of(each), 0);
  const totals = `tests="${sum(each => each.tests)}" failures="${sum(each => each.failures)}" errors="${sum(each => each.errors)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="keybridge doctor" ${totals}>`,
    ...suites.flatMap(({ lines }) => lines),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Suite {
  tests: number;
  failures: number;
  errors: number;
  lines: string[];
}

function suite(diagnosis: Diagnosis, checks: readonly Check[], threshold: Severity): Suite {
  const { examination, unreachable, findings } = diagnosis;
  const { overridden = [] } = examination;
  const target = shownUrl(diagnosis.target);
  const found = flat(findings);
  const cases = checks.map(({ code, name }) => ({
    code,
    name,
    findings: found.filter(each => each.code === code),
  }));
  const failing = (each: Finding) => isAtLeast(each.severity, threshold);
  const failures = cases.filter(each => each.findings.some(failing)).length;
  const errors = unreachable ? 1 : 0;
  const seconds = Math.max(0, examination.finishedAt - examination.startedAt) / 1000;
  const attributes = [
    `name="${escaped(target)}"`,
    `tests="${cases.length + errors}" failures="${failures}" errors="${errors}" skipped="0"`,
    `time="${seconds.toFixed(3)}"`,
    `timestamp="${new Date(examination.startedAt).toISOString().slice(0, 19)}"`,
    'hostname="localhost"',
  ];
  const open = (name: string) =>
    `    <testcase classname="${escaped(target)}" name="${escaped(name)}" time="0"`;
  return {
    tests: cases.length + errors,
    failures,
    errors,
    lines: [
      `  <testsuite ${attributes.join(' ')}>`,
      ...(overridden.length > 0
        ? [
            '    <properties>',
            ...overridden.map(
              ({ what, value }) =>
                `      <property name="overridden ${escaped(what)}" value="${escaped(plain(value, 300))}"/>`,
            ),
            '    </properties>',
          ]
        : []),
      ...(unreachable
        ? [
            `${open('reachable')}>`,
            '      <error type="unreachable" message="The target could not be reached."/>',
            '    </testcase>',
          ]
        : []),
      ...cases.flatMap(each => {
        if (each.findings.length === 0) return [`${open(`${each.code} ${each.name}`)}/>`];
        const [bad, told] = [each.findings.filter(failing), each.findings.filter(one => !failing(one))];
        return [
          `${open(`${each.code} ${each.name}`)}>`,
          // A case has one failure; several sightings of a rule stand in it together.
          ...(bad[0]
            ? [
                `      <failure type="${escaped(bad[0].severity)}" message="${escaped(bad[0].title)}">${escaped(bad.map(words).join('\n\n'))}</failure>`,
              ]
            : []),
          ...(told.length > 0
            ? [`      <system-out>${escaped(told.map(words).join('\n\n'))}</system-out>`]
            : []),
          '    </testcase>',
        ];
      }),
      '  </testsuite>',
    ],
  };
}

function words({ severity, title, detail, remedy, comparison }: Finding): string {
  return [
    `${severity}: ${plain(title, 600)}`,
    plain(detail, 2_000),
    ...(comparison
      ? [
          `${plain(comparison.seenIn, 60)}: ${plain(comparison.seen, 1_000)}`,
          `${plain(comparison.expectedFrom, 60)}: ${plain(comparison.expected, 1_000)}`,
        ]
      : []),
    ...(remedy ? [`Mend: ${plain(remedy, 2_000)}`] : []),
  ].join('\n');
}

/** A text as XML has it, without what XML 1.0 §2.2 cannot carry at all. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
