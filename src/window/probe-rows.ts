import type { ProbeRow } from '../api/window.ts';
import { shownUrl } from '../base/text.ts';
import type { Finding } from '../checks/check.ts';
import type { Examination } from '../checks/examination.ts';
import { flat } from '../checks/judge.ts';
import { groupOf } from '../doctor/order.ts';
import { probeLines } from '../doctor/output/probes.ts';

/** The questions of an examination as a window shows them, each with the findings that rest on it. */
export function probeRows(
  examination: Pick<Examination, 'probes' | 'exchanges'>,
  findings: readonly Finding[] = [],
): ProbeRow[] {
  const all = flat(findings);
  const known = new Map<string, number>();
  return probeLines(examination, true).map(
    ({ probe, title, status, isGood, milliseconds, fields, exchanges }) => {
      const { kind, url, because, about = '' } = probe;
      const group = groupOf(probe);
      const key = `${kind} ${url} ${about}`;
      const count = known.get(key) ?? 0;
      known.set(key, count + 1);
      const last = exchanges.at(-1)?.outcome;
      const size = last?.kind === 'answered' ? last.body?.size : undefined;
      const ids = new Set(probe.exchanges);
      const resting = all.filter(({ evidence }) => evidence.some(id => ids.has(id))).map(({ code }) => code);
      return {
        id: count === 0 ? key : `${key} ${count}`,
        group,
        ...(group === 'server' && about !== '' ? { issuer: about } : {}),
        title,
        url: shownUrl(url),
        because,
        status: exchanges.length === 0 && !probe.notAsked ? '' : status,
        isGood,
        ...(milliseconds === undefined ? {} : { milliseconds }),
        ...(size === undefined ? {} : { size }),
        fields,
        exchanges: probe.exchanges,
        findings: [...new Set(resting)],
      };
    },
  );
}
