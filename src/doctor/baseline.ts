import { isObject, type JsonObject, parseJson } from '../base/json.ts';
import { shownUrl } from '../base/text.ts';
import type { Finding, Severity } from '../checks/check.ts';
import { flat } from '../checks/judge.ts';
import { View } from '../checks/view.ts';
import { type Diagnosis, isFailing } from './diagnosis.ts';

/** What `--save` keeps of a report, so that `--baseline` can tell what has changed. */
export interface Baseline {
  schema: 1;
  /** ISO 8601. */
  saved: string;
  targets: readonly Saved[];
}

interface Saved {
  target: string;
  findings: readonly Known[];
  /** Challenge and metadata documents by what they are: `server-oauth https://as.example`. */
  documents: Readonly<Record<string, unknown>>;
}

/** A finding as it is known again. */
interface Known {
  code: string;
  title: string;
  severity: Severity;
  /** Clients that it stops. */
  stops?: readonly string[];
}

/** A member of a document that is not as it was. */
export interface Change {
  what: 'added' | 'removed' | 'changed';
  /** The document. */
  where: string;
  /** The member as a JSON Pointer (RFC 6901); empty for the document itself. */
  pointer: string;
  /** As JSON. */
  before?: string;
  after?: string;
}

/** What a diagnosis has that its baseline had not, and the other way round. */
export interface Since {
  saved: string;
  added: readonly Known[];
  gone: readonly Known[];
  changes: readonly Change[];
}

/** What is kept of these diagnoses. A target that could not be reached says nothing worth keeping. */
export function toBaseline(diagnoses: readonly Diagnosis[], now: number): Baseline {
  return {
    schema: 1,
    saved: new Date(now).toISOString(),
    targets: diagnoses.filter(({ unreachable }) => !unreachable).map(save),
  };
}

/** A baseline out of a file's text; `undefined` when it is none. */
export function readBaseline(text: string): Baseline | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value.schema !== 1 || typeof value.saved !== 'string') return undefined;
  const isSaved = (each: unknown) =>
    isObject(each) &&
    typeof each.target === 'string' &&
    isObject(each.documents) &&
    Array.isArray(each.findings) &&
    each.findings.every(
      one => isObject(one) && typeof one.code === 'string' && typeof one.title === 'string',
    );
  if (!Array.isArray(value.targets) || !value.targets.every(isSaved)) return undefined;
  return value as unknown as Baseline;
}

/** The diagnosis with what has changed since the baseline; as it is where its target is not in there. */
export function compareWith(diagnosis: Diagnosis, baseline: Baseline): Diagnosis {
  const now = save(diagnosis);
  const then = baseline.targets.find(({ target }) => target === now.target);
  if (!then || diagnosis.unreachable) return diagnosis;
  const since: Since = {
    saved: baseline.saved,
    added: beyond(now.findings, then.findings),
    gone: beyond(then.findings, now.findings),
    changes: differences(then.documents, now.documents),
  };
  return { ...diagnosis, since };
}

/**
 * Whether a diagnosis counts as a failure: a finding at the threshold or worse, or one that stops a client; with a baseline only one that is
 * new, or any change of a document.
 */
export function isFailure({ findings, since }: Diagnosis, threshold: Severity): boolean {
  const counting: readonly Pick<Finding, 'severity' | 'stops'>[] = since ? since.added : flat(findings);
  return counting.some(each => isFailing(each, threshold)) || (since?.changes.length ?? 0) > 0;
}

function save(diagnosis: Diagnosis): Saved {
  const known = ({ code, title, severity, stops }: Finding): Known => ({
    code,
    title,
    severity,
    ...(stops ? { stops } : {}),
  });
  return {
    target: shownUrl(diagnosis.target),
    findings: flat(diagnosis.findings).map(known),
    documents: documentsOf(new View(diagnosis.examination)),
  };
}

/** What of these is not among the others. Of one code as many are the same, whatever their titles say. */
function beyond(findings: readonly Known[], others: readonly Known[]): Known[] {
  const left = [...others];
  const take = (fits: (other: Known) => boolean): boolean => {
    const at = left.findIndex(fits);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
  return findings
    .filter(({ code, title }) => !take(other => other.code === code && other.title === title))
    .filter(({ code }) => !take(other => other.code === code));
}

function documentsOf(view: View): Record<string, unknown> {
  const documents: Record<string, unknown> = {};
  const { refusal } = view;
  if (refusal) {
    const challenges = refusal.challenges.map(({ scheme, params }) => [scheme.toLowerCase(), params]);
    documents.challenge = Object.fromEntries(challenges);
  }
  // By address, because the same document is another kind of answer once the challenge names it.
  for (const { probe, status, json } of view.finals('resource-path', 'resource-root', 'resource-named'))
    if (status === 200 && json) documents[`resource metadata ${shownUrl(probe.url)}`] = settled(json);
  for (const issuer of view.issuers)
    for (const { probe, json } of view.serverDocuments(issuer))
      documents[`${probe.kind} ${issuer}`] = settled(json);
  return JSON.parse(JSON.stringify(documents).replace(/\[redacted \d+ #[0-9a-f]+\]/g, '[redacted]'));
}

/** A document without what is another each time: a signature over itself. */
function settled(json: JsonObject | undefined): JsonObject {
  const { signed_metadata: _, ...rest } = json ?? {};
  return rest;
}

function differences(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap(where => compare(where, '', before[where], after[where]));
}

function compare(where: string, pointer: string, before: unknown, after: unknown): Change[] {
  const change = (what: Change['what']): Change[] => [
    {
      what,
      where,
      pointer,
      ...(before === undefined ? {} : { before: JSON.stringify(before) }),
      ...(after === undefined ? {} : { after: JSON.stringify(after) }),
    },
  ];
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return change('added');
  if (after === undefined) return change('removed');
  if (isObject(before) && isObject(after)) {
    const [one, other] = [before, after];
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
    const under = (name: string) => `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return names.flatMap(name => compare(where, under(name), one[name], other[name]));
  }
  return canonical(before) === canonical(after) ? [] : change('changed');
}

/** The order of a list of words means nothing in metadata. */
function canonical(value: unknown): string {
  const isWords = Array.isArray(value) && value.every(each => typeof each === 'string');
  return JSON.stringify(isWords ? [...value].sort() : value);
}
