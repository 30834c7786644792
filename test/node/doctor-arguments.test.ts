import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { CLIENTS } from '../../src/checks/clients.ts';
import { readDoctorFlags } from '../../src/node/doctor-arguments.ts';
import { DOCTOR_HELP } from '../../src/node/doctor-help.ts';

const URL_ = 'https://mcp.example/mcp';

const read = (
  argv: readonly string[],
  files: Record<string, string> = {},
  env: Record<string, string> = {},
) =>
  readDoctorFlags(argv, {
    env,
    platform: 'linux',
    readFile: path => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return text;
    },
  });

/** The Fault a command line is refused with. */
function refused(argv: readonly string[], files?: Record<string, string>): Fault {
  try {
    read(argv, files);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

test('a URL alone has words for people and the threshold "broken"', () => {
  expect(read([URL_])).toEqual({
    targets: [{ url: new URL(URL_) }],
    several: false,
    outputs: [],
    verbose: false,
    failOn: 'broken',
    ignore: [],
    issuers: [],
    headers: [],
    allowHttp: false,
  });
});

describe('a form of the report', () => {
  test('goes to stdout, or to a file; a URL behind it is no file', () => {
    expect(read(['--json', URL_]).outputs).toEqual([{ form: 'json' }]);
    expect(read([URL_, '--json', '-']).outputs).toEqual([{ form: 'json' }]);
    expect(read(['--json', 'a.json', URL_, '--har=b.har', '--curl']).outputs).toEqual([
      { form: 'json', file: 'a.json' },
      { form: 'har', file: 'b.har' },
      { form: 'curl' },
    ]);
  });

  test('goes to stdout by itself', () => {
    expect(refused([URL_, '--json', '--har']).sentence).toContain('Name a file for the others.');
  });
});

describe('targets', () => {
  test('may be several, and come from a file that may have comments', () => {
    const files = { 'targets.txt': `# ours\n${URL_} # the first\n\n  https://b.example/a#part\r\n` };
    expect(read(['--targets', 'targets.txt'], files).targets).toEqual([
      { url: new URL(URL_), place: { line: 2, column: 1, endColumn: 1 + URL_.length } },
      { url: new URL('https://b.example/a'), place: { line: 4, column: 3, endColumn: 27 } },
    ]);
    expect(read(['--targets', 'targets.txt'], { 'targets.txt': URL_ }).several).toBe(true);
    expect(read([URL_, 'https://b.example/a']).several).toBe(true);
  });

  test('of a file are named by their line when they are none, and never repeated', () => {
    const files = { 'targets.txt': `${URL_}\nsecret-thing`, empty: '# nothing' };
    expect(refused(['--targets', 'targets.txt'], files).message).toBe(
      '--targets: line 2 is not the URL of a server.',
    );
    expect(refused(['--targets', 'empty'], files).message).toContain('names no server');
    expect(refused(['--targets', 'gone'], files).message).toContain('ENOENT');
  });

  test('an issuer alone is the target, beside a server it takes the place of what that names', () => {
    expect(read(['--issuer', 'https://as.example']).targets[0]?.kind).toBe('issuer');
    expect(read([URL_, '--issuer', 'https://as.example'])).toMatchObject({
      targets: [{ kind: 'server' }],
      issuers: ['https://as.example'],
    });
  });
});

test('a header is read as the bridge reads it, and its value is in no refusal', () => {
  const header = ['--header', `X-Key:\${KEY}`];
  expect(read([URL_, ...header], {}, { KEY: 'hidden' }).headers).toEqual([['X-Key', 'hidden']]);
  expect(refused([URL_, ...header]).message).toContain('KEY');
  expect(refused([URL_, '--header', 'a-secret-without-colon']).sentence).not.toContain('secret');
});

test.each([
  [
    [URL_, '--ignore', 'prm-05,CHL-*', '--ignore', 'NET-01'],
    ['PRM-05', 'CHL-*', 'NET-01'],
  ],
  [[URL_, '--ignore=OPS-*'], ['OPS-*']],
])('codes and areas are ignored: %j', (argv, ignore) => {
  expect(read(argv).ignore).toEqual(ignore);
});

test('a baseline is read, or refused when it is none', () => {
  const files = { old: '{"schema":1,"saved":"2026-01-01T00:00:00Z","targets":[]}', other: '{}' };
  expect(read([URL_, '--baseline', 'old', '--save', 'new'], files)).toMatchObject({
    baseline: { targets: [] },
    save: 'new',
  });
  expect(refused([URL_, '--baseline', 'other'], files).sentence).toContain('--save wrote');
});

test.each([
  [[], 'usage.url'],
  [['mcp.example/mcp'], 'usage.url'],
  [['https://me:secret@mcp.example/mcp'], 'usage.url'],
  [[URL_, '--fail-on', 'note'], 'usage.flag'],
  [[URL_, '--fail-on'], 'usage.flag'],
  [[URL_, '--ignore', 'PRM-99'], 'usage.flag'],
  [[URL_, '--ignore', 'XYZ-*'], 'usage.flag'],
  [[URL_, '--only', 'everything'], 'usage.flag'],
  [[URL_, '--nonsense'], 'usage.flag'],
  [[URL_, '-v'], 'usage.flag'],
  [[URL_, '--verbose=1'], 'usage.flag'],
  [[URL_, '--issuer', 'as.example'], 'usage.flag'],
  [[URL_, '--user-agent', 'a\nb'], 'usage.flag'],
])('a command line that is wrong is refused: %j', (argv, code) => {
  const fault = refused(argv);
  expect(fault.code).toBe(code);
  expect(fault.sentence).not.toContain('secret');
});

test('a client is named as the table has it, each is in the help, and it wants a whole examination', () => {
  expect(read([URL_, '--as-client', 'VSCode']).asClient).toBe('vscode');
  expect(refused([URL_, '--as-client', 'netscape']).message).toBe(
    `--as-client is one of ${CLIENTS.map(({ name }) => name).join(', ')}.`,
  );
  const words = new Set(DOCTOR_HELP.split(/[\s,]+/));
  for (const { name } of CLIENTS) expect(words).toContain(name);
  expect(refused([URL_, '--as-client', 'vscode', '--only', 'prm']).code).toBe('usage.flag');
});
