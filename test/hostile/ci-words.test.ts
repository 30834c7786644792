import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLine, plain, withoutCommands } from '../../src/base/text.ts';
import { CHECKS } from '../../src/checks/all.ts';
import type { Examination } from '../../src/checks/examination.ts';
import type { Diagnosis } from '../../src/doctor/diagnosis.ts';
import { FORMS, reportIn } from '../../src/doctor/output/report.ts';
import { toText } from '../../src/doctor/output/text.ts';
import type { TraceEvent } from '../../src/trace/event.ts';
import { toText as toLine } from '../../src/trace/line.ts';
import { diagnosed, finding } from '../support/diagnosis.ts';
import { examined } from '../support/examination.ts';

/** What of a printed text a build server would take for a command, by the grammars as they are documented. */
function commands(text: string): string[] {
  return text.split(/\r\n|[\r\n\u2028\u2029]/).filter(line => {
    const bare = line.replace(/\p{Cc}\[[\d;]*m/gu, '');
    return [line, bare].some(
      each =>
        // actions/runner, ActionCommand.cs: TryParseV2 trims the line, TryParse looks for the prefix anywhere.
        /^[\s\u0085]*::/.test(each) ||
        each.includes('##[') ||
        // Azure Pipelines, logging commands; TeamCity, service messages; AppVeyor has none in its output.
        /##[\w.-]+\[/.test(each) ||
        // GitLab, collapsible sections.
        each.includes('\u001b[0K') ||
        // Buildkite, managing log output.
        /^(?:---|\+\+\+|~~~|\^\^\^) /.test(each),
    );
  });
}

const words = fc
  .array(
    fc.constantFrom(
      ...['::set-output name=a::b', '::error::x', '::add-mask::a', '::stop-commands::t', '::', ':', ': :'],
      ...['##[add-mask]a', '##[', '#', '##', '###[group]x', '##vso[task.setvariable variable=a]b', '##vso'],
      ...[
        "##teamcity[message text='x']",
        '##teamcity[',
        '[',
        ']',
        'section_start:1:a\r\u001b[0Kx',
        '\u001b[0K',
      ],
      ...[
        '--- x',
        '+++ x',
        '~~~ x',
        '^^^ +++',
        '---',
        ' ',
        '  ',
        '\n',
        '\r',
        '\r\n',
        '\t',
        '\u0085',
        '\u2028',
        '\u00a0',
      ],
      ...[
        '\u200b',
        '\u202e',
        '\u061c',
        '\ufeff',
        '\u001b[31m',
        'a',
        'word',
        'a'.repeat(70),
        '\\',
        "'",
        '"',
        '%0A',
      ],
    ),
    { maxLength: 12 },
  )
  .map(parts => parts.join(''));

test('the grammars know what they are to know', () => {
  for (const each of [
    '  ::error::x',
    'a ##[group]',
    '##vso[a.b]',
    "##teamcity[m 'a']",
    '\u001b[0Ksection_start:1:a',
    '--- a',
  ])
    expect(commands(each)).toHaveLength(1);
  expect(commands('a :: b\n # [x]\n----\n--flag')).toEqual([]);
});

/** An examination in which everything a server chooses is made of these words. */
function spoiled(clean: Examination, [a, b, c, d]: readonly [string, string, string, string]): Examination {
  const examination = structuredClone(clean) as Examination & {
    probes: { because: string; url: string }[];
    target: string;
  };
  for (const probe of examination.probes) Object.assign(probe, { because: a, url: `https://x.example/${b}` });
  for (const exchange of Object.values(examination.exchanges)) {
    const { request, outcome } = exchange as { request: object; outcome: object };
    Object.assign(request, {
      url: `https://x.example/${c}`,
      headers: [['x-one', d]],
      body: { size: 1, text: `${a}\n${b}`, cut: false },
    });
    if (exchange.outcome.kind === 'answered')
      Object.assign(outcome, {
        headers: [
          ['www-authenticate', a],
          ['location', b],
        ],
      });
  }
  return examination;
}

function spoiledDiagnosis(
  examination: Examination,
  all: readonly [string, string, string, string],
): Diagnosis {
  const [a, b, c, d] = all;
  const comparison = { seenIn: a, seen: b, expectedFrom: c, expected: d };
  const more = { title: a, detail: b, remedy: c, comparison };
  const diagnosis = diagnosed(spoiled(examination, all), [
    finding({ ...more, consequences: [finding({ title: d, detail: c, remedy: a })] }),
  ]);
  return {
    ...diagnosis,
    clients: diagnosis.clients.map(walk => ({
      ...walk,
      reason: `at ${a}: ${b}`,
      steps: walk.steps.map(step => ({ ...step, because: c, verdict: d })),
    })),
    since: {
      saved: a,
      added: [finding({ title: b })],
      gone: [finding({ title: c })],
      changes: [{ what: 'changed', where: a, pointer: b, before: c, after: d }],
    } as unknown as NonNullable<Diagnosis['since']>,
  };
}

describe('no line of what is printed is a command of a build server', () => {
  const four = fc.tuple(words, words, words, words);

  test.each(FORMS)('in a report as %s', async form => {
    const clean = await examined();
    fc.assert(
      fc.property(four, all => {
        const report = reportIn(form, [spoiledDiagnosis(clean, all)], {
          several: false,
          checks: CHECKS,
          failOn: 'broken',
          version: '1.0.0',
        });
        expect(commands(withoutCommands(report))).toEqual([]);
        // What is for programs is not touched by the last look at it, and neither is a shell's line.
        const untouched = report.split('\n').filter(line => form !== 'curl' || !line.startsWith('#'));
        if (form !== 'markdown') for (const line of untouched) expect(withoutCommands(line)).toBe(line);
      }),
      { numRuns: 60 },
    );
  });

  test('in a report for people, in every width and with everything', async () => {
    const clean = await examined();
    fc.assert(
      fc.property(
        four,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 20, max: 110 }),
        (all, colour, verbose, width) => {
          const diagnosis = spoiledDiagnosis(clean, all);
          const asClient = verbose ? undefined : diagnosis.clients[0]?.client;
          for (const options of [
            { colour, verbose, width },
            { colour, verbose, width, asClient },
          ])
            expect(commands(withoutCommands(toText(diagnosis, options)))).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('in a trace, in a line of JSON, and in any plain text', () =>
    fc.assert(
      fc.property(words, words, fc.boolean(), (text, other, colour) => {
        const event = { seq: 1, at: 0, span: other, kind: 'note', text } as TraceEvent;
        expect(commands(withoutCommands(`${toLine(event, { colour })}\n`))).toEqual([]);
        expect(commands(jsonLine({ [text]: other }))).toEqual([]);
        expect(JSON.parse(withoutCommands(jsonLine([text, other])))).toEqual([text, other]);
        const printed = withoutCommands(`${plain(text)}\n${plain(other)}`);
        expect(commands(printed)).toEqual([]);
      }),
      { numRuns: 2_000 },
    ));
});

test('whatever commands print but words of our own goes through one place', () => {
  const folder = fileURLToPath(new URL('../../src/node/', import.meta.url));
  const own =
    /write\((?:'[^'$]*'|[A-Z_]+|`\$\{(?:VERSION|address)\}\\n`|`keybridge: The output[^$]*\$\{error\.code\}\)\.\\n`)\)/;
  const others = readdirSync(folder)
    .filter(name => !['terminal.ts', 'broker-main.ts'].includes(name))
    .flatMap(name =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter(line => /process\.std(?:out|err)\.write\(/.test(line) && !own.test(line))
        .map(line => `${name}: ${line.trim()}`),
    );
  // What is being done just now, on a terminal alone.
  expect(others).toEqual([
    expect.stringMatching(/^doctor-command\.ts: if \(process\.stderr\.isTTY === true\)/),
  ]);
});

test('the action stops the runner’s commands before anything of a server’s, and lets them go on at the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keybridge-action-'));
  try {
    // The action as it lies in its repository, with a doctor that says what a server would like it to.
    const action = fileURLToPath(new URL('../../scripts/action.mjs', import.meta.url));
    for (const part of ['scripts', 'bin']) mkdirSync(join(folder, part));
    writeFileSync(join(folder, 'scripts/action.mjs'), readFileSync(action));
    const doctor = "process.stdout.write('::error::x\\n##[group]y'); process.exitCode = 3;";
    writeFileSync(join(folder, 'bin/keybridge.js'), doctor);
    const env = { PATH: process.env.PATH ?? '', INPUT_SERVERS: 'https://mcp.example/mcp' };
    const child = spawn(process.execPath, [join(folder, 'scripts/action.mjs')], { env });
    let printed = '';
    child.stdout.on('data', chunk => {
      printed += chunk;
    });
    const code = await new Promise(resolve => child.once('close', resolve));
    const [, token = ''] = /^::stop-commands::([\da-f]{40})\n/.exec(printed) ?? [];
    expect(token).not.toBe('');
    expect(printed).toBe(`::stop-commands::${token}\n::error::x\n##[group]y\n::${token}::\n`);
    expect(code).toBe(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
