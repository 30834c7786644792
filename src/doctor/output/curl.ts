import { plain } from '../../base/text.ts';
import type { Examination } from '../../checks/examination.ts';
import { toCurl } from '../../trace/curl.ts';
import { overriddenSentence } from './overridden.ts';
import { probeLines } from './probes.ts';

/** Every request of an examination, each with the reason why it is asked, as a script to read and copy from. */
export function toCurlScript(examination: Examination): string {
  const said = overriddenSentence(examination);
  const lines = [`# ${plain(examination.target, 1_000)}`, ...(said === undefined ? [] : [`# ${said}`])];
  const asked = new Set<string>();
  for (const { probe, exchanges } of probeLines(examination, true)) {
    for (const [index, exchange] of exchanges.entries()) {
      if (asked.has(exchange.id)) continue;
      asked.add(exchange.id);
      lines.push(
        '',
        `# ${index === 0 ? plain(probe.because, 300) : 'Where that redirects to.'}`,
        toCurl(exchange),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
