import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readInputs } from '../../scripts/action.mjs';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The part of a YAML file below a key at the beginning of a line. */
const section = (key: string) =>
  new RegExp(`^${key}:\\n((?: .*\\n|\\n)*)`, 'm').exec(text('action.yml'))?.[1] ?? '';

describe('the action', () => {
  const inputs = [...section('inputs').matchAll(/^ {2}([a-z-]+):$/gm)].map(([, name = '']) => name);

  test('hands each of its inputs on as a variable, and the doctor gets what it means', () => {
    expect(inputs.length).toBeGreaterThan(8);
    for (const name of inputs) {
      const variable = `INPUT_${name.toUpperCase().replaceAll('-', '_')}`;
      expect(text('action.yml')).toContain(`        ${variable}: \${{ inputs.${name} }}\n`);
      const value = name === 'headers' ? 'A: b' : name === 'ignore' ? 'PRM-02' : 'https://x.example';
      expect(readInputs({ [variable]: value }).join(' ')).toContain(value);
    }
  });

  test('puts no input into a command', () => {
    const commands = text('action.yml').match(/^ +run:.*$/gm) ?? [];
    expect(commands.length).toBe(2);
    for (const command of commands) expect(command).not.toContain('{{');
  });
});

test('inputs become arguments, each one word', () => {
  expect(
    readInputs({
      INPUT_SERVERS: 'https://a.example/mcp\n  https://b.example/mcp ',
      INPUT_FAIL_ON: 'fragile',
      INPUT_IGNORE: 'PRM-02, OPS-*\nNET-01',
      INPUT_HEADERS: `X-Key: \${KEY}\n\nX-Other: a b; $(id)`,
      INPUT_SARIF: 'a report.sarif',
      INPUT_ONLY: '',
      GITHUB_STEP_SUMMARY: '/tmp/summary',
    }),
  ).toEqual([
    'doctor',
    'https://a.example/mcp',
    'https://b.example/mcp',
    '--fail-on=fragile',
    '--sarif=a report.sarif',
    '--ignore=PRM-02',
    '--ignore=OPS-*',
    '--ignore=NET-01',
    `--header=X-Key: \${KEY}`,
    '--header=X-Other: a b; $(id)',
    '--markdown=/tmp/summary',
  ]);
  expect(() => readInputs({ INPUT_SERVERS: 'https://a.example --login' })).toThrow('URLs only');
});
