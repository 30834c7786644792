import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toDoctorHar } from '../../../src/doctor/output/har.ts';
import { several } from '../../support/diagnosis.ts';
import { type Schema, violations } from '../../support/json-schema.ts';

const HAR: Schema = JSON.parse(
  readFileSync(new URL('../../support/schemas/har-1.2.json', import.meta.url), 'utf8'),
);

test('the archive of requests keeps to HAR 1.2', async () => {
  const examinations = (await several()).map(({ examination }) => examination);
  const [first, ...rest] = examinations;
  if (!first) throw new Error('unreachable');
  const overridden = [{ what: 'scope', value: 'a' }];
  for (const all of [examinations, [{ ...first, overridden }, ...rest]])
    expect(violations(JSON.parse(JSON.stringify(toDoctorHar(all, '1.2.3'))), HAR)).toEqual([]);
  const { entries } = toDoctorHar(examinations, '1.2.3').log;
  expect(entries.length).toBeGreaterThan(20);
  const times = entries.map(({ startedDateTime }) => startedDateTime);
  expect(times).toEqual(times.toSorted());
});
