import { bendAtRandom } from './bends.ts';
import { disagreementOfProcesses } from './processes.ts';
import { Random } from './random.ts';
import { KINDS } from './right.ts';
import { disagreement } from './witnesses.ts';

/**
 * One bent server, by its number: the same number is the same server, wherever it is tried. `processes`: on
 * loopback, with a bridge and a doctor that are processes of their own; what never answers is left out there.
 */
export async function tryOne(number: number, processes = false): Promise<string | undefined> {
  const random = new Random(number);
  const kind = random.of(KINDS);
  const bend = bendAtRandom(random, kind);
  if (processes && bend.what === 'no answer ever') return undefined;
  const trial = processes ? disagreementOfProcesses(kind, bend) : disagreement(kind, bend);
  const said = await trial.catch(error => `somebody throws: ${(error as Error).stack}`);
  return said === undefined ? undefined : `${number}: ${kind}, ${bend.spot}, ${bend.what}\n    ${said}`;
}
