import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldText, plain, shownUrl } from '../base/text.ts';
import { compareWith, isFailure, toBaseline } from '../doctor/baseline.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { examine } from '../doctor/examine.ts';
import { meantBy } from '../doctor/kind.ts';
import { overriddenSentence } from '../doctor/output/overridden.ts';
import { addressesOf, type Overrides, overridden } from '../doctor/overrides.ts';
import { secretsOf, withhold } from '../doctor/withhold.ts';
import { openTrace } from '../trace/record.ts';
import { createDialler } from './dial.ts';
import { type DoctorFlags, readDoctorFlags, type Target } from './doctor-arguments.ts';
import { examineFurther, type Further, readFurther } from './doctor-further.ts';
import { DOCTOR_HELP } from './doctor-help.ts';
import { readOverrides } from './doctor-overrides.ts';
import { writeReports, writeTo } from './doctor-reports.ts';
import { createInstruments } from './instruments.ts';
import { readNetwork } from './network.ts';
import { VERSION } from './version.ts';

/** Targets examined at once. */
const AT_ONCE = 4;

/**
 * `keybridge doctor <server-url | issuer-url>`: examines without broker or keychain and prints what is found.
 * Resolves with 0 when nothing reaches the threshold, 1 for findings, changes or a sign-in that failed, 3 when a target cannot be reached.
 * Throws `usage.flag` and `usage.url`.
 */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(DOCTOR_HELP);
    return 0;
  }
  const surroundings = {
    env: process.env,
    readFile: (path: string) => readFileSync(path, 'utf8'),
    platform: process.platform,
  };
  const { overrides, rest: others } = readOverrides(argv);
  const { further, rest } = readFurther(others, surroundings, overrides);
  const flags = readDoctorFlags(rest, surroundings);
  const { baseline, save, failOn } = flags;
  const dialler = createDialler();
  let diagnoses: Diagnosis[];
  try {
    diagnoses = await side(flags.targets, target => examineOne(target, flags, overrides, further, dialler));
  } finally {
    await dialler.close();
    say('');
  }
  const compared = baseline ? diagnoses.map(each => compareWith(each, baseline)) : diagnoses;
  if (save !== undefined)
    writeTo('--save', save, `${JSON.stringify(toBaseline(diagnoses, Date.now()), null, 1)}\n`);
  writeReports(compared, flags);
  if (diagnoses.some(({ unreachable }) => unreachable)) return 3;
  // A sign-in that was asked for and failed is a failure, whether a rule knows it or not.
  const isSignedOut = diagnoses.some(({ examination }) => examination.flow?.failure);
  return isSignedOut || compared.some(each => isFailure(each, failOn)) ? 1 : 0;
}

/** Examines one target and judges what came back. */
async function examineOne(
  target: Target,
  flags: DoctorFlags,
  overrides: Overrides,
  further: Further,
  dialler: ReturnType<typeof createDialler>,
): Promise<Diagnosis> {
  const world = {
    dial: dialler.dial,
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await sleep(ms, undefined, signal ? { signal } : {});
    },
  };
  const network = readNetwork(process.env);
  const userAgent = flags.userAgent ?? `keybridge/${VERSION}`;
  const { trace, root } = openTrace(world, { userAgent, name: 'doctor' });
  const { url, kind } = meantBy(target.url);
  const headers = flags.headers.map(([name, value]): [string, string] => [name, fieldText(value)]);
  const secrets = [
    ...secretsOf(url, flags.headers),
    ...addressesOf(overrides, flags).flatMap(each => secretsOf(each, [])),
  ];
  for (const secret of secrets) root.secret(secret);
  const overriding = overridden(overrides, flags);
  const said = overriddenSentence({ overridden: overriding });
  if (said !== undefined) root.note(said);
  const passive =
    further.trace ??
    (await examine(url, target.kind ?? kind, root, trace, world, {
      network,
      instruments: createInstruments(network),
      headers,
      allowHttp: flags.allowHttp,
      only: flags.only,
      resourceMetadata: flags.resourceMetadata,
      issuers: flags.issuers,
      overrides,
      onProgress: doing => say(flags.several ? `${shownUrl(url.href)}: ${doing} …` : `${doing} …`),
    }));
  const told = overriding.length > 0 ? { ...passive, overridden: overriding } : passive;
  const examination = await examineFurther(told, further, root, trace, world, {
    network,
    headers,
    allowHttp: flags.allowHttp,
    resourceMetadata: flags.resourceMetadata,
    issuers: flags.issuers,
    overrides,
  });
  const diagnosis = await diagnose(examination, { version: VERSION, only: flags.only, ignore: flags.ignore });
  return withhold(diagnosis, url, secrets);
}

/** On a terminal, what is being done, in a line that the next one replaces. */
function say(doing: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`\r\u001b[K${plain(doing, 200)}`);
}

/** The results of `work` in the order of `items`, some at a time. */
async function side<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = [...items.entries()];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
