import { plain } from '../base/text.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Examination } from '../checks/examination.ts';
import { examineActively } from '../doctor/active.ts';
import type { Span } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';

/** The variable with a token of the user's for another resource; an argument would be seen by others. */
const OTHER_TOKEN = 'KEYBRIDGE_DOCTOR_OTHER_TOKEN';

/** What `keybridge doctor` does beyond a look that changes nothing, each only where a flag asks for it. */
export interface Further {
  active: boolean;
}

/** Takes these flags out of a command line of `keybridge doctor`; `rest` is the command line without them. */
export function readFurther(argv: readonly string[]): { further: Further; rest: string[] } {
  return { further: { active: argv.includes('--active') }, rest: argv.filter(each => each !== '--active') };
}

/** Does what was asked for, and says on stderr what it does to the server before it does it. */
export async function examineFurther(
  examination: Examination,
  further: Further,
  span: Span,
  trace: Trace,
  world: Pick<World, 'now' | 'sleep'>,
  options: { network?: NetworkSettings | undefined; headers?: HeaderList | undefined },
): Promise<Examination> {
  if (!further.active) return examination;
  const say = (text: string) => process.stderr.write(`${plain(text, 500)}\n`);
  const examined = await examineActively(examination, span, trace, world, {
    ...options,
    otherToken: process.env[OTHER_TOKEN] || undefined,
    onProgress: say,
  });
  for (const { issuer, clientId, deleted } of examined.trials ?? [])
    if (!deleted)
      say(`The trial client ${clientId} stays registered at ${issuer}; it offers no way to delete it.`);
  return examined;
}
