import type { Check } from '../../check.ts';
import { REGISTRATION_NEXT, thread } from '../../references.ts';
import { plainTrial, quoted, refusedBecauseOf, trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-02',
  name: 'application-type-web',
  severity: 'broken',
  references: [
    REGISTRATION_NEXT,
    {
      title: 'OpenID Connect Dynamic Client Registration 1.0 §2',
      url: 'https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata',
    },
    thread('modelcontextprotocol/typescript-sdk', 2355),
  ],
  *find(view) {
    const trials = trialsOf(view);
    for (const trial of refusedBecauseOf(trials, 'application_type')) {
      yield {
        title: `${trial.issuer} refuses a loopback redirect URI unless the client says application_type "native".`,
        detail: `OpenID Connect makes "web" the default, and a web client may have no http on loopback. Clients written before 2026-07-28 leave the field out and cannot register.${quoted(trial.said)}`,
        remedy:
          'Take a client whose redirect URIs are all loopback for a native one when it does not say what it is. Clients: send application_type "native".',
        evidence: [trial.answer.id],
        // It is what OpenID Connect says; the clients of the newest revision get in.
        severity: 'fragile',
      };
    }
    for (const issuer of view.issuers) {
      const plain = plainTrial(trials, issuer);
      const without = trials.find(
        each => each.issuer === issuer && each.isTaken && !('application_type' in each.asked),
      );
      if (!plain?.isRefused || plain.asked.application_type !== 'native' || !without) continue;
      yield {
        title: `${issuer} refuses a client that says application_type "native", and takes it when it says nothing.`,
        detail: `MCP 2026-07-28 obliges clients on the user’s machine to say it.${quoted(plain.said)}`,
        remedy: 'Accept application_type "native", or ignore what is not known: RFC 7591 §2 asks for that.',
        evidence: [plain.answer.id, without.answer.id],
      };
    }
  },
};
