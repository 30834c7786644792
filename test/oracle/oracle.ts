import { bendAtRandom } from './bends.ts';
import { Random } from './random.ts';
import { KINDS } from './right.ts';
import { disagreement } from './witnesses.ts';

/** One bent server, by its number: the same number is the same server, wherever it is tried. */
export async function tryOne(number: number): Promise<string | undefined> {
  const random = new Random(number);
  const kind = random.of(KINDS);
  const bend = bendAtRandom(random, kind);
  const said = await disagreement(kind, bend).catch(error => `somebody throws: ${(error as Error).stack}`);
  return said === undefined ? undefined : `${number}: ${kind}, ${bend.spot}, ${bend.what}\n    ${said}`;
}
