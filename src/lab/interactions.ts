import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Interaction, Provider } from 'oidc-provider';
import { asString } from '../base/json.ts';
import { answer } from './loopback.ts';
import { consentPage, loginPage, problemPage, sendPage } from './pages.ts';

/** Names a person might type: no control characters, no line breaks, at most 64 characters. */
const ACCOUNT = /^[^\p{C}\p{Z}](?:[^\p{C}]{0,62}[^\p{C}\p{Z}])?$/u;

/** The login and the consent page, and what becomes of their forms. */
export async function interact(
  provider: Provider,
  scopes: readonly string[],
  req: IncomingMessage,
  res: ServerResponse,
  form: URLSearchParams,
): Promise<void> {
  let interaction: Interaction;
  try {
    interaction = await provider.interactionDetails(req, res);
  } catch {
    sendPage(
      res,
      400,
      problemPage('session_not_found', 'This sign-in has ended or belongs to another browser.'),
    );
    return;
  }
  const submitted = req.method === 'POST';
  if (!submitted && req.method !== 'GET') {
    answer(res, 405, 'text/plain', 'GET or POST\n', { Allow: 'GET, POST' });
  } else if (interaction.prompt.name === 'login') {
    const account = form.get('account')?.trim() ?? '';
    if (!submitted) sendPage(res, 200, loginPage());
    else if (!ACCOUNT.test(account))
      sendPage(res, 400, loginPage('Please give a name of up to 64 characters.'));
    else await finish(provider, req, res, { login: { accountId: account } });
  } else if (!submitted) {
    sendPage(res, 200, await askConsent(provider, interaction, scopes));
  } else if (form.get('decision') === 'allow') {
    const grantId = await allow(provider, interaction, scopes);
    await finish(provider, req, res, { consent: { grantId } });
  } else {
    await finish(provider, req, res, { error: 'access_denied', error_description: 'The user said no.' });
  }
}

async function finish(
  provider: Provider,
  req: IncomingMessage,
  res: ServerResponse,
  result: Record<string, unknown>,
): Promise<void> {
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: !('error' in result) });
}

async function askConsent(
  provider: Provider,
  interaction: Interaction,
  scopes: readonly string[],
): Promise<string> {
  const clientId = asString(interaction.params.client_id) ?? '';
  const client = await provider.Client.find(clientId);
  return consentPage({
    client: client?.clientName ?? clientId,
    account: interaction.session?.accountId ?? '',
    resource: resourcesIn(interaction).join(' '),
    scopes: asked(interaction, scopes),
  });
}

/** A grant of its own for every consent, so that one revoked family never takes another with it. */
async function allow(
  provider: Provider,
  interaction: Interaction,
  scopes: readonly string[],
): Promise<string> {
  const grant = new provider.Grant({
    accountId: interaction.session?.accountId ?? '',
    clientId: asString(interaction.params.client_id) ?? '',
  });
  grant.addOIDCScope(asString(interaction.params.scope) ?? '');
  for (const resource of resourcesIn(interaction)) {
    grant.addResourceScope(resource, asked(interaction, scopes).join(' '));
  }
  return grant.save();
}

function resourcesIn(interaction: Interaction): string[] {
  return [interaction.params.resource].flat().filter(resource => typeof resource === 'string');
}

function asked(interaction: Interaction, known: readonly string[]): string[] {
  const scopes = asString(interaction.params.scope)?.split(' ') ?? [];
  return known.filter(scope => scopes.includes(scope));
}
