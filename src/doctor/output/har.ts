import type { Examination } from '../../checks/examination.ts';
import { type Har, toHar } from '../../trace/har.ts';
import { overriddenSentence } from './overridden.ts';

/** Every request of these examinations as one HTTP Archive (HAR 1.2). */
export function toDoctorHar(examinations: readonly Examination[], version: string): Har {
  const events = examinations.flatMap((examination, index) =>
    Object.values(examination.exchanges).map((exchange, seq) => ({
      seq,
      at: exchange.startedAt,
      span: because(examination, exchange.id),
      kind: 'exchange' as const,
      // Each examination counts its exchanges from one.
      exchange: { ...exchange, id: index === 0 ? exchange.id : `${index + 1}.${exchange.id}` },
    })),
  );
  const har = toHar(events, version);
  const said = new Set(examinations.flatMap(each => overriddenSentence(each) ?? []));
  if (said.size > 0) har.log.comment = [...said].join(' ');
  return har;
}

function because({ probes }: Examination, id: string): string {
  return probes.find(({ exchanges }) => exchanges.includes(id))?.because ?? '';
}
