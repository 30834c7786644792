import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import { CHECKS } from '../checks/all.ts';
import type { Severity } from '../checks/check.ts';
import { judge } from '../checks/judge.ts';
import { type Diagnosis, isUnreachable, reaches } from '../doctor/diagnosis.ts';
import { examine } from '../doctor/examine.ts';
import { toText } from '../doctor/output/text.ts';
import { openTrace } from '../trace/record.ts';
import { createDialler } from './dial.ts';
import { examineFurther, readFurther } from './doctor-further.ts';
import { createInstruments } from './instruments.ts';
import { readNetwork } from './network.ts';
import { VERSION } from './version.ts';

/**
 * `keybridge doctor <server-url | issuer-url>`: examines without broker or keychain and prints what is found.
 * Resolves with 0 when nothing reaches the threshold, 1 for findings, 3 when the target cannot be reached.
 * Throws `usage.flag` and `usage.url`.
 */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  const { further, rest } = readFurther(argv);
  const { targets, json, failOn } = readFlags(rest);
  const dialler = createDialler();
  const world = {
    dial: dialler.dial,
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await sleep(ms, undefined, signal ? { signal } : {});
    },
  };
  const network = readNetwork(process.env);
  const progress = process.stderr.isTTY === true;
  let code = 0;
  try {
    for (const target of targets) {
      const { trace, root } = openTrace(world, { userAgent: `keybridge/${VERSION}`, name: 'doctor' });
      const passive = await examine(target, 'server', root, trace, world, {
        network,
        instruments: createInstruments(network),
        onProgress: doing => progress && process.stderr.write(`\r\u001b[K${doing} …`),
      });
      if (progress) process.stderr.write('\r\u001b[K');
      const examination = await examineFurther(passive, further, root, trace, world, { network });
      const diagnosis: Diagnosis = {
        schema: 1,
        version: VERSION,
        target: examination.target,
        unreachable: isUnreachable(examination),
        findings: judge(examination, CHECKS),
        examination,
      };
      const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
      const width = Math.min(process.stdout.columns ?? 80, 110);
      process.stdout.write(json ? `${JSON.stringify(diagnosis)}\n` : toText(diagnosis, { colour, width }));
      if (diagnosis.unreachable) code = Math.max(code, 3);
      else if (reaches(diagnosis, failOn)) code = Math.max(code, 1);
    }
  } finally {
    await dialler.close();
  }
  return code;
}

function readFlags(argv: readonly string[]) {
  const targets: URL[] = [];
  let json = false;
  let failOn: Severity = 'broken';
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--json') json = true;
    else if (word === '--fail-on') {
      const level = argv[++at];
      if (level !== 'broken' && level !== 'fragile' && level !== 'unsafe')
        throw new Fault('usage.flag', '--fail-on is one of broken, unsafe, fragile.');
      failOn = level;
    } else if (word.startsWith('--')) {
      throw new Fault('usage.flag', `doctor has no flag ${/^--[\w-]{0,40}/.exec(word)?.[0]}.`);
    } else {
      const url = URL.parse(word);
      if (!url || !/^https?:$/.test(url.protocol))
        throw new Fault('usage.url', 'doctor wants the URL of a server.', {
          remedy: 'Write: keybridge doctor https://server.example/mcp',
        });
      targets.push(url);
    }
  }
  if (targets.length === 0) {
    throw new Fault('usage.url', 'doctor wants the URL of a server.', {
      remedy: 'Write: keybridge doctor https://server.example/mcp',
    });
  }
  return { targets, json, failOn };
}
