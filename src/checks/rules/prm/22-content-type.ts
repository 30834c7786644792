import { quote } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { rfc } from '../../references.ts';

/** What frameworks put before JSON so that a page cannot run it as a script. */
const GUARD = /^\s*(?:\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);)/;

export const check: Check = {
  code: 'PRM-22',
  name: 'content-type',
  severity: 'fragile',
  references: [rfc(9728, '3.2')],
  *find(view) {
    for (const document of view.readDocuments) {
      const type = document.mediaType;
      if (type !== undefined && /^application\/(?:[\w.+-]+\+)?json$/.test(type)) continue;
      yield {
        title: `The resource metadata is sent as ${type === undefined ? 'nothing in particular' : quote(type)} and not as application/json: ${document.place}`,
        detail: 'It is JSON all the same, but strict clients go by the type and refuse it.',
        remedy: 'Send Content-Type: application/json.',
        evidence: [document.id],
      };
    }
    const guarded = view
      .finals('resource-named', 'resource-path', 'resource-root')
      .find(({ status, text }) => status === 200 && GUARD.test(text));
    if (guarded)
      yield {
        title: `Something stands before the JSON of the resource metadata: ${guarded.place}`,
        detail: 'It protects against an old attack on browsers; clients cannot parse the document.',
        remedy: 'Turn the prefix off for /.well-known/.',
        evidence: [guarded.id],
      };
  },
};
