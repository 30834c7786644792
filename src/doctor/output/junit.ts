import { plain, shownUrl } from '../../base/text.ts';
import type { Check, Finding, Severity } from '../../checks/check.ts';
import { flat } from '../../checks/judge.ts';
import { type Diagnosis, isFailing } from '../diagnosis.ts';

/**
 * The report as JUnit XML: a suite for each target, a case for each rule that was tried. A finding at the
 * threshold or worse is a failure, one below it is only told; a target out of reach is an error. It keeps to the
 * schema of Ant's reports and to that of Jenkins, of which neither allows all that the other does.
 */
export function toJunit(
  diagnoses: readonly Diagnosis[],
  checks: readonly Check[],
  threshold: Severity,
): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...diagnoses.flatMap((diagnosis, index) => suite(diagnosis, index, checks, threshold)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(diagnosis: Diagnosis, index: number, checks: readonly Check[], threshold: Severity): string[] {
  const { examination, unreachable, findings } = diagnosis;
  const { overridden = [] } = examination;
  const target = shownUrl(diagnosis.target);
  const found = flat(findings);
  const cases = checks.map(({ code, name }) => ({
    code,
    name,
    findings: found.filter(each => each.code === code),
  }));
  const failing = (each: Finding) => isFailing(each, threshold);
  const failures = cases.filter(each => each.findings.some(failing)).length;
  const errors = unreachable ? 1 : 0;
  const seconds = Math.max(0, examination.finishedAt - examination.startedAt) / 1000;
  const attributes = [
    `name="${escaped(target)}" package="keybridge.doctor" id="${index}"`,
    `tests="${cases.length + errors}" failures="${failures}" errors="${errors}" skipped="0"`,
    `time="${seconds.toFixed(3)}"`,
    `timestamp="${new Date(examination.startedAt).toISOString().slice(0, 19)}"`,
    'hostname="localhost"',
  ];
  const open = (name: string) =>
    `    <testcase classname="${escaped(target)}" name="${escaped(name)}" time="0"`;
  // Ant has no place for words in a case that did not fail.
  const told = cases.flatMap(each =>
    each.findings.filter(one => !failing(one)).map(one => `${each.code} ${words(one)}`),
  );
  return [
    `  <testsuite ${attributes.join(' ')}>`,
    '    <properties>',
    ...overridden.map(
      ({ what, value }) =>
        `      <property name="overridden ${escaped(what)}" value="${escaped(plain(value, 300))}"/>`,
    ),
    '    </properties>',
    ...(unreachable
      ? [
          `${open('reachable')}>`,
          '      <error type="unreachable" message="The target could not be reached."/>',
          '    </testcase>',
        ]
      : []),
    ...cases.flatMap(each => {
      const bad = each.findings.filter(failing);
      if (!bad[0]) return [`${open(`${each.code} ${each.name}`)}/>`];
      return [
        `${open(`${each.code} ${each.name}`)}>`,
        // A case has one failure; several sightings of a rule stand in it together.
        `      <failure type="${escaped(bad[0].severity)}" message="${escaped(plain(bad[0].title, 600))}">${escaped(bad.map(words).join('\n\n'))}</failure>`,
        '    </testcase>',
      ];
    }),
    `    <system-out>${escaped([...told, ...(diagnosis.unseen ? [plain(diagnosis.unseen, 1_500)] : [])].join('\n\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
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

/**
 * A text as XML has it, without what XML 1.0 §2.2 cannot carry at all. What a build server could take for a command
 * where it prints the report is written as references, which mean the same.
 */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(
      /#(?=#)|^([^\S\r\n\u2028\u2029]*)([-+~^:])(?=\2)/gm,
      (_, space = '', sign = '#') => `${space}&#${sign.charCodeAt(0)};`,
    );
}
