import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';
import { strings } from '../../view.ts';

export const check: Check = {
  code: 'PRM-25',
  name: 'bearer-methods',
  severity: 'note',
  references: [rfc(9728, '2'), AUTHORIZATION, rfc(6750, '2.3')],
  *find(view) {
    for (const document of view.readDocuments) {
      const value = document.json?.bearer_methods_supported;
      if (value === undefined) continue;
      const methods = strings(value);
      const wrong = [
        ...(methods.includes('header') ? [] : ['"header" is missing']),
        ...(methods.includes('query') ? ['"query" is there'] : []),
        ...(new Set(methods).size < methods.length ? ['something is there twice'] : []),
      ];
      if (wrong.length === 0) continue;
      yield {
        title: `bearer_methods_supported in the resource metadata is odd: ${wrong.join(', ')}.`,
        detail:
          'MCP has tokens in the Authorization field of every request and never in the address, where logs keep them. Clients do so whatever stands here.',
        remedy: 'Write "bearer_methods_supported": ["header"].',
        evidence: [document.id],
      };
    }
  },
};
