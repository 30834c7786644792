import { expect, it, vi } from 'vitest';
import { dialler, serveHttp } from '../support/network.ts';

const HOURS = 3 * 3_600_000;

/*
 * One test in a file of its own: undici shares one timer among all its connections, and makes it with
 * whatever `setTimeout` is at the time of the first.
 */
it('an answer may be silent for hours, before its head and in its body', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    for (const phase of ['head', 'body']) {
      const asked = Promise.withResolvers<void>();
      const over = Promise.withResolvers<void>();
      const server = await serveHttp(async (_, response) => {
        if (phase === 'body') response.write('begun ');
        asked.resolve();
        await over.promise;
        response.end('ended');
      });
      const answer = dialler().dial({ method: 'POST', url: server.url, headers: [], headTimeout: 0 });
      answer.catch(() => {});
      await (phase === 'body' ? answer : asked.promise);
      await vi.advanceTimersByTimeAsync(HOURS);
      over.resolve();
      expect(await (await answer).response.text()).toMatch(/ended$/);
    }
  } finally {
    vi.useRealTimers();
  }
});
