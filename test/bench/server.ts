import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerPlaces, ServerPlan, ServerQuestion, ServerReply } from './server-main.ts';

const MAIN = fileURLToPath(new URL('./server-main.ts', import.meta.url));

/** The server's process, as the others see it. */
export interface Server extends ServerPlaces {
  /** Every HTTP request since this was last asked, as `METHOD path` or `POST message`. */
  requests(): Promise<string[]>;
  close(): Promise<void>;
}

export async function startServer(plan: ServerPlan): Promise<Server> {
  const child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ask = async (question: ServerQuestion): Promise<ServerReply> => {
    child.send(question);
    const [reply] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The server has ended.'))),
    ]);
    return reply;
  };
  const reply = await ask({ plan });
  if (!('places' in reply)) throw new Error('The server did not say where it is.');
  return {
    ...reply.places,
    requests: async () => {
      const said = await ask({ requests: true });
      return 'requests' in said ? said.requests : [];
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
