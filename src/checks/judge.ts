import type { Exchange } from '../trace/event.ts';
import type { Check, Finding, Severity } from './check.ts';
import type { Examination } from './examination.ts';
import { canStop, type Stop } from './stop.ts';
import { View } from './view.ts';

const ORDER: readonly Severity[] = ['broken', 'unsafe', 'fragile', 'note'];

type Found = Finding & { follows: readonly string[] };

export interface Judging {
  /** Who was stopped on the way: each must be spoken of, by a rule that knows why or by a general one. */
  stops?: readonly Stop[];
  /** Whether what a rule finds is left out. It was found all the same, and needs no other rule to speak of it. */
  isIgnored?: (code: string) => boolean;
}

/**
 * What all rules say of an examination: root causes first, the worst first, and under each what follows from
 * it. A rule that fails is a fault of ours and must not cost the others.
 */
export function judge(
  examination: Examination,
  checks: readonly Check[],
  failed: (code: string, error: unknown) => void = () => {},
  judging: Judging = {},
): Finding[] {
  const view = new View(examination);
  const found = checks.flatMap(check => foundBy(check, view, failed));
  return arranged(completed(found, checks, view, judging));
}

/** The same for a process with other work: between two rules it waits for `pause`. */
export async function judgeInTurns(
  examination: Examination,
  checks: readonly Check[],
  pause: () => Promise<void> | undefined,
  judging: Judging = {},
): Promise<Finding[]> {
  const view = new View(examination);
  const found: Found[] = [];
  for (const check of checks) {
    found.push(...foundBy(check, view, () => {}));
    await pause();
  }
  return arranged(completed(found, checks, view, judging));
}

/** With every stop spoken of: by what was found, which then says who it stops, or by a general rule. */
function completed(
  found: readonly Found[],
  checks: readonly Check[],
  view: View,
  { stops = [], isIgnored = () => false }: Judging,
): Found[] {
  const all = [...found];
  const unspoken = new Map<string, Stop>();
  for (const stop of stops) {
    const at = speaking(all, stop, view);
    const known = all[at];
    if (known) all[at] = stopping(known, stop);
    else if (!stop.isGuess) {
      const [first = ''] = stop.exchanges;
      // Each authorization request has a state of its own, and is the same for all that.
      const asked = keyOf(view.examination.exchanges[first])?.replace(/\?\S*/, '');
      const key = `${stop.place} ${asked ?? stop.words}`;
      unspoken.set(key, together(unspoken.get(key), stop));
    }
  }
  for (const stop of unspoken.values()) all.push(...spokenOf(stop, checks, view));
  return all.filter(({ code }) => !isIgnored(code));
}

/** A document: the same one may be at several addresses. */
function bodyOf(exchange: Exchange | undefined): string | undefined {
  const outcome = exchange?.outcome;
  if (outcome?.kind !== 'answered' || outcome.status !== 200) return undefined;
  return outcome.body?.text?.startsWith('{') ? outcome.body.text : undefined;
}

/** Several whom one answer stops. */
function together(one: Stop | undefined, other: Stop): Stop {
  if (!one) return other;
  return {
    ...one,
    who: [...new Set([...one.who, ...other.who])],
    isOwn: one.isOwn || other.isOwn,
    exchanges: [...new Set([...one.exchanges, ...other.exchanges])],
  };
}

/** The finding that says why somebody is stopped: that of the walk, else the worst that rests on the same answer. */
function speaking(found: readonly Found[], { code, codes, exchanges }: Stop, view: View): number {
  const above = (each: Found) => each.severity !== 'note';
  const known = view.examination.exchanges;
  const same = new Set(exchanges.flatMap(id => keyOf(known[id]) ?? []));
  const bodies = new Set(exchanges.flatMap(id => bodyOf(known[id]) ?? []));
  const rests = (each: Found) =>
    above(each) &&
    each.evidence.some(
      id => exchanges.includes(id) || same.has(keyOf(known[id]) ?? '') || bodies.has(bodyOf(known[id]) ?? ''),
    );
  const knows = (each: Found) =>
    above(each) && (codes.includes(each.code) || (each.code === code && exchanges.length !== 1));
  const [worst] = found.filter(each => rests(each) && canStop(each.code)).sort(bySeverity);
  const speaker = found.find(each => each.code === code && rests(each)) ?? found.find(knows) ?? worst;
  return speaker ? found.indexOf(speaker) : -1;
}

/** One request to one address with one outcome, whoever made it. */
function keyOf(exchange: Exchange | undefined): string | undefined {
  if (!exchange) return undefined;
  const { request, outcome } = exchange;
  const end = outcome.kind === 'answered' ? outcome.status : outcome.kind;
  const isSignedIn = request.headers.some(([name]) => name.toLowerCase() === 'authorization');
  return `${request.method} ${request.url} ${isSignedIn} ${end}`;
}

function stopping(found: Found, { who }: Stop): Found {
  return { ...found, stops: [...new Set([...(found.stops ?? []), ...who])] };
}

function spokenOf(stop: Stop, checks: readonly Check[], view: View): Found[] {
  const check = checks.find(({ last }) => last?.place === stop.place);
  if (!check?.last) return [];
  const { code, name, severity, references, follows = [] } = check;
  const sighting = check.last.speak(stop, view);
  return [
    {
      severity,
      ...sighting,
      code,
      name,
      references,
      ...(stop.who.length > 0 ? { stops: stop.who } : {}),
      consequences: [],
      follows,
    },
  ];
}

function foundBy(check: Check, view: View, failed: (code: string, error: unknown) => void): Found[] {
  const { code, name, severity, references, follows = [] } = check;
  const found: Found[] = [];
  try {
    for (const sighting of check.find(view))
      found.push({ severity, ...sighting, code, name, references, consequences: [], follows });
  } catch (error) {
    failed(code, error);
  }
  return found;
}

function arranged(found: readonly Found[]): Finding[] {
  const worst = new Map<string, Severity>();
  for (const { code, severity } of found) {
    const known = worst.get(code) ?? 'note';
    worst.set(code, ORDER.indexOf(severity) < ORDER.indexOf(known) ? severity : known);
  }
  const parents = new Map<string, string>();
  const stands = (code: string | undefined, under: string): boolean =>
    code !== undefined && (code === under || stands(parents.get(code), under));
  // What is only good to know is no cause of what fails.
  const isCause = (cause: string, code: string): boolean =>
    worst.has(cause) && (worst.get(cause) !== 'note' || worst.get(code) === 'note');
  for (const { code, follows } of found) {
    // Two rules that name each other must not both vanish: the one met first stays above.
    const parent = follows.find(each => isCause(each, code) && !stands(each, code));
    if (parent !== undefined) parents.set(code, parent);
  }
  const under = Map.groupBy(found, ({ code }) => parents.get(code));
  const nest = (parent: string | undefined): Finding[] => {
    const told = new Set<string>();
    return [...(under.get(parent) ?? [])]
      .sort(bySeverity)
      .map(({ follows: _, ...finding }) => {
        // Two sightings of one rule share what follows from the rule; it stands under the first.
        const isFirst = !told.has(finding.code);
        told.add(finding.code);
        const consequences = isFirst ? nest(finding.code) : [];
        // A cause is as grave as the worst that follows from it.
        const severity = [finding, ...consequences].sort(bySeverity)[0]?.severity ?? finding.severity;
        return { ...finding, severity, consequences };
      })
      .sort(bySeverity);
  };
  return nest(undefined);
}

function bySeverity(one: Finding, other: Finding): number {
  return ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity);
}

/** All findings, those under others included. */
export function flat(findings: readonly Finding[]): Finding[] {
  return findings.flatMap(each => [each, ...flat(each.consequences)]);
}
